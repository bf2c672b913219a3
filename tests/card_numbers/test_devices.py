"""Card numbers in whatever devices, hosts and programs say to a probe."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from probes.base import Options, Probe
from probes.device.probe import PROBE as DEVICE
from probes.firewall_ports.probe import PROBE as FIREWALL_PORTS
from probes.payment_lines.probe import PROBE as PAYMENT_LINES
from probes.payment_terminal.probe import PROBE as PAYMENT_TERMINAL
from probes.plugins.probe import PROBE as PLUGINS
from probes.power.probe import PROBE as POWER
from probes.receipt_printer.probe import PROBE as RECEIPT_PRINTER
from simulators.certificates import CertificateFolder
from simulators.dns_server import DnsServer
from simulators.escpos_printer import EscposPrinter
from simulators.https_host import HttpsHost
from simulators.nexo_terminal import NexoTerminal
from simulators.ups import HEALTHY, Ups
from tests.card_numbers.drawn import Planted, few, leaks, planted
from tests.card_numbers.outlets import outlets
from tests.card_numbers.planting_hosts import MOST_LETTERS, PlantingAcquirer, planting_context
from tests.conftest import RunProbe

# A simulated host whose client is gone before its TLS begins leaves that socket to the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
PLUGIN: Final = """#!/bin/sh
cat {folder}/said
exit {status}
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One that the unprivileged child may enter."""
    with tempfile.TemporaryDirectory(prefix="poshealth-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def certificates(folder: Path) -> CertificateFolder:
    return CertificateFolder(folder)


@pytest.fixture
def said_of(run_probe: RunProbe, capfd: pytest.CaptureFixture[str]) -> Any:
    """All that comes of two rounds, so that what was remembered is said as well."""

    def look(probe: Probe[Any], table: dict[str, Any], rounds: int = 1) -> dict[str, str]:
        options: Options = msgspec.convert(table, probe.options)
        memory: dict[str, object] | None = None
        for _ in range(rounds):
            run = run_probe(probe, options, memory=memory)
            assert run.complete, run.error
            memory = run.memory
        return outlets(probe, run) | {"stderr": capfd.readouterr().err}

    return look


@few
@given(
    drawn=planted(),
    named=st.sampled_from(sorted(HEALTHY)),
    status=st.sampled_from(("OL", "OB LB", "OFF")),
)
def test_ups(said_of: Any, drawn: Planted, named: str, status: str) -> None:
    """In one of its variables, and in those that hold words."""
    with Ups() as ups:
        ups.variables |= {
            f"{part}.{what}": drawn.text for part in ("ups", "device") for what in ("model", "mfr", "serial")
        }
        ups.variables |= {"ups.status": status, named: drawn.text}
        host, port = ups.address
        said = said_of(POWER, {"ups": f"{ups.name}@{host}:{port}"})

    assert leaks(said, drawn) == {}


@few
@given(drawn=planted())
def test_printer(said_of: Any, folder: Path, holders_socket: str, drawn: Planted) -> None:
    """In what GS I tells, also a day later."""
    text = drawn.text.encode("ascii", "replace").decode()
    with EscposPrinter() as printer:
        for field in ("firmware", "maker", "model", "serial", "font"):
            setattr(printer.identity, field, text)
        host, port = printer.tcp_address
        table = {"port": f"socket://{host}:{port}", "owner": "ours", "holders_socket": holders_socket}
        said = said_of(RECEIPT_PRINTER, table, rounds=2)

    assert leaks(said, drawn) == {}


@few
@given(
    drawn=planted(),
    field=st.sampled_from(
        (
            "global_status",
            "printer_status",
            "firmware",
            "merchant_account",
            "store",
            "battery",
            "hosts",
            "poi",
        )
    ),
    unconfirmed=st.booleans(),
)
def test_payment_terminal(
    said_of: Any, certificates: CertificateFolder, drawn: Planted, field: str, unconfirmed: bool
) -> None:
    """In each string of its diagnosis."""
    with NexoTerminal(tls=certificates.server_context("valid")) as terminal:
        terminal.state.unconfirmed = 4 * unconfirmed
        if field == "hosts":
            terminal.state.hosts, terminal.state.says_hosts = {drawn.text: False, "0": True}, True
        elif field == "poi":
            terminal.poi_id = drawn.text
        else:
            setattr(terminal.state, field, drawn.text)
        host, port = terminal.address
        ours = {
            "name": "counter",
            "host": host,
            "port": port,
            "poi_id": "V400m-346403161",
            "server_name": "localhost",
        }
        said = said_of(
            PAYMENT_TERMINAL, {"terminals": [{**ours, "ca_file": str(certificates.authority_path)}]}
        )

    assert leaks(said, drawn) == {}


@few
@given(drawn=planted(), field=st.sampled_from((2, 37, 39, 41, 44, 48, 62, 63, "all of it", "first bytes")))
def test_acquirer(said_of: Any, drawn: Planted, field: int | str) -> None:
    """In each field of its echo, and in what is no echo."""
    with PlantingAcquirer(drawn, field) as host:
        address, port = host.address
        line = {"name": "card", "host": address, "port": port, "tls": False, "echo": "0800/301 bcd"}
        said = said_of(PAYMENT_LINES, {"lines": [{**line, "terminal_id": "29110001"}]})

    assert leaks(said, drawn) == {}


@few
@given(
    drawn=planted(),
    header=st.sampled_from(("Location", "Server", "Date", "Content-Type", "WWW-Authenticate")),
    status=st.sampled_from((200, 302, 401, 503, 511)),
)
def test_gateway(
    said_of: Any, certificates: CertificateFolder, drawn: Planted, header: str, status: int
) -> None:
    """In a header and the page of a scan-code gateway, or of what stands in between."""
    text = drawn.text.encode("ascii", "replace").decode()
    with HttpsHost(tls=certificates.server_context("valid")) as gateway:
        gateway.status, gateway.headers = (
            status,
            {header: f"https://{text}/{text}" if header == "Location" else text},
        )
        gateway.body, gateway.content_type = f"<form action='{text}'><input>{text}</form>", "text/html"
        host, port = gateway.address
        line = {
            "name": "qr/a",
            "host": host,
            "port": port,
            "server_name": "localhost",
            "expected_status": 200,
        }
        said = said_of(PAYMENT_LINES, {"lines": [{**line, "ca_file": str(certificates.authority_path)}]})

    assert leaks(said, drawn) == {}


@few
@given(drawn=planted(), issuer=st.booleans())
def test_certificates(said_of: Any, folder: Path, drawn: Planted, issuer: bool) -> None:
    """In the name a host's certificate is for, in who issued it, and in what is remembered of that."""
    assume(len(drawn.text) <= MOST_LETTERS)
    context, authority = planting_context(folder, drawn.text, issuer=issuer)
    with HttpsHost(tls=context) as gateway:
        host, port = gateway.address
        line = {"name": "qr/a", "host": host, "port": port, "server_name": "localhost", "ca_file": authority}
        said = said_of(PAYMENT_LINES, {"lines": [line]}, rounds=2)

    assert leaks(said, drawn) == {}


@few
@given(
    drawn=planted(),
    status=st.integers(0, 4),
    data=st.sampled_from(
        ("{} | {}", "OK | {}=1", "OK | '{}'=1;2;3", "\n{}\n{}", "OK | a={}", "OK | a=0.{}", "OK | a={}1.5")
    ),
)
def test_plugin(said_of: Any, till_folder: Path, drawn: Planted, status: int, data: str) -> None:
    """In its line, in its figures and in the name of one."""
    (till_folder / "said").write_text(data.replace("{}", drawn.text), encoding="utf-8")
    program = till_folder / "check"
    program.write_text(PLUGIN.format(folder=till_folder, status=status))
    program.chmod(0o755)
    said = said_of(PLUGINS, {"checks": [{"name": "it", "command": [str(program)]}]})

    assert leaks(said, drawn) == {}


@few
@given(drawn=planted(), good=st.booleans())
def test_backup(said_of: Any, till_folder: Path, drawn: Planted, good: bool) -> None:
    """In its file's name."""
    kept = Path(tempfile.mkdtemp(dir=till_folder))
    kept.chmod(0o755)
    for day in range(2):
        (kept / f"{drawn.text.replace('/', ' ')} {day}.sql").write_text("x" * (1 + 90 * good * day))
    said = said_of(DEVICE, {"backups": [{"name": "pos", "path": f"{kept}/*.sql"}]}, rounds=2)

    assert leaks(said, drawn) == {}


@few
@given(drawn=planted(), known=st.booleans(), joint=st.sampled_from(("", "-")))
def test_names_in_the_settings(said_of: Any, drawn: Planted, known: bool, joint: str) -> None:
    """In what a port is for, in its host's name, and in what the name server says to that; only what is
    remembered goes by the names of the settings, which lie beside it.
    """
    host = f"{joint.join((drawn.number[:6], drawn.number[6:]))}.example"
    with DnsServer({host: ["127.0.0.1"]} if known else {}) as names:
        server = "{}:{}".format(*names.address)
        outbound = [{"host": host, "port": names.address[1], "purpose": drawn.text}]
        said = said_of(FIREWALL_PORTS, {"outbound": outbound, "resolvers": [server], "timeout_seconds": 1.2})
    del said["memory"]

    assert leaks(said, drawn) == {}
