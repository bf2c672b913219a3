"""The daemon that is measured: its settings, and the 25 checks that both sides are asked for.

5 TCP ports; 4 card lines (TCP, TLS, issuer, name, expiry; no echo test, which no exporter knows); 6 scan-code
lines (the same and one HTTPS HEAD request); 3 name servers, each asked a name; 2 of a UPS through NUT (mains,
battery); and 5 of the till itself: interface, cable, address, default route, gateway.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from agent.running.account import probe_account
from benchmarks.targets import NAME, ROOT, Targets, targets
from console.control_client import ask
from tests.counter import TOKEN, daemon, wait_for, write_settings
from vocabulary.reading import Status
from vocabulary.report import Report

PROBES = ("firewall_ports", "payment_lines", "network", "power")
NEVER = dict.fromkeys((*PROBES, "receipt_printer", "software"), 3600)
"""Seconds between a probe's rounds where only those that were asked for shall be measured."""

HOST_CHECKS = (
    "network.interface-down",
    "network.no-carrier",
    "network.no-address",
    "network.no-default-route",
    "network.gateway-silent",
)
UPS_CHECKS = ("power.ups-on-battery", "power.ups-battery-low")
_ASK_SECONDS = 60.0
_LINE = """
[[payment_lines.lines]]
name = "{name}"
host = "127.0.0.1"
port = {port}
server_name = "localhost"
ca_file = "{authority}"
tries = 1
"""


class Office(Struct, frozen=True):
    url: str
    ca_file: str


class Asked(Struct, frozen=True):
    """The ports of the checks that may be black holes."""

    ports: tuple[int, ...]
    card: tuple[int, ...]
    wallets: tuple[int, ...]

    @property
    def lines(self) -> list[tuple[str, int]]:
        card = [(f"card/{number}", port) for number, port in enumerate(self.card, 1)]
        return [*card, *((f"qr/{number}", port) for number, port in enumerate(self.wallets, 1))]

    @property
    def subjects(self) -> list[str]:
        """As our readings name them."""
        return [*(f"127.0.0.1:{port}" for port in self.ports), *(name for name, _ in self.lines)]


def healthy(found: Targets) -> Asked:
    return Asked(found.ports, found.card, found.wallets)


def with_black_holes(found: Targets) -> Asked:
    """Three ports, three card lines and four scan-code lines never answer a SYN."""
    holes = found.holes
    return Asked(
        (*holes[:3], *found.ports[3:]), (*holes[3:6], *found.card[3:]), (*holes[6:], *found.wallets[4:])
    )


@contextlib.contextmanager
def counter() -> Iterator[tuple[Path, Targets]]:
    """A folder that probes may read whoever they run as, and everything there is to ask."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        with targets(folder) as found:
            yield folder, found


@contextlib.contextmanager
def head_office(folder: Path, found: Targets) -> Iterator[Office]:
    """A real one, over TLS with the certificate that the simulated hosts show."""
    (folder / "token").write_text(TOKEN)
    files = {
        "--database": folder / "headoffice.db",
        "--token-file": folder / "token",
        "--tls-certificate": folder / "valid.pem",
        "--tls-key": folder / "valid.key",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "headoffice", "--listen", "127.0.0.1:0", *_flat(files)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        with process.stdout:
            address = json.loads(process.stdout.readline())["listening"]
            yield Office(f"https://{address}", found.authority)
    finally:
        process.terminate()
        process.wait(20)


def _flat(words: dict[str, Path]) -> list[str]:
    return [str(word) for pair in words.items() for word in pair]


@contextlib.contextmanager
def terminal(
    folder: Path,
    tables: str,
    office: Office | None = None,
    *,
    every_seconds: float = 60.0,
    within: tuple[str, ...] = (),
    watch: bool = True,
) -> Iterator[subprocess.Popen[bytes]]:
    """A daemon, started by `within`: its first round is over, and told to head office where there is one."""
    settings = write_settings(folder, office.url if office else "", tables, every=every_seconds)
    text = settings.read_text().replace("[daemon]", f"[daemon]\nwatch_events = {str(watch).lower()}")
    if office:
        text = text.replace("[head_office]", f'[head_office]\nca_file = "{office.ca_file}"')
    settings.write_text(text)
    with daemon(settings, within) as process:
        wait_for(lambda: _is_settled(folder, heard=office is not None), _ASK_SECONDS)
        yield process


def as_its_unit(folder: Path) -> tuple[str, ...]:
    """What starts a daemon without rights, as its unit does: `folder` is its account's from now on."""
    account = probe_account()
    if account is None:
        return ()
    for path in (folder, folder / "token"):
        os.chown(path, account.uid, account.gid)
    return ("setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--clear-groups")


def _is_settled(folder: Path, *, heard: bool) -> bool:
    found = status(folder)
    outbox, head_office = found["outbox"], found["head_office"]
    return bool(found["rounds"]) and (not heard or not (outbox["waiting"] or head_office["failures"]))


def status(folder: Path) -> dict[str, Any]:
    return _ask(folder, {"do": "status"})


def check(folder: Path, probes: tuple[str, ...] = PROBES) -> tuple[float, dict[str, str]]:
    """Seconds until the report is here, and the worst that was seen of each subject and of each condition."""
    begun = time.perf_counter()
    answer = _ask(folder, {"do": "check", "probes": probes})
    seconds = time.perf_counter() - begun
    worst: dict[str, str] = {}
    for reading in (known.reading for known in msgspec.convert(answer, Report).readings):
        for key in (reading.subject, reading.code):
            if reading.status is not Status.UNKNOWN and worst.get(key) != Status.FAILING:
                worst[key] = reading.status
    return seconds, worst


def _ask(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    return ask(str(folder / "control.sock"), request, _ASK_SECONDS)


def tables(found: Targets, asked: Asked, every: Mapping[str, float] | None = None) -> str:
    """`every`: seconds by probe; without it each probe's own interval.

    The gateway is loopback's, and the name servers answer through it: no packet leaves the machine.
    """
    outbound = ", ".join(f'{{ host = "127.0.0.1", port = {port} }}' for port in asked.ports)
    lines = "".join(
        _LINE.format(name=name, port=port, authority=found.authority) for name, port in asked.lines
    )
    intervals = "".join(f"{probe} = {seconds}\n" for probe, seconds in (every or {}).items())
    return f"""
[every_seconds]
{intervals}
[power]
ups = "{found.ups}"
[receipt_printer]
port = "socket://127.0.0.1:{found.printer_port}"
[network]
gateway = "127.0.0.1"
resolvers = {json.dumps(found.resolvers)}
lookup_name = "{NAME}"
[firewall_ports]
outbound = [{outbound}]
{lines}"""
