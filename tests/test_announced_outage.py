"""An outage the acquirer announced, on real ports: while it lasts it is the cause, and nobody is called."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulators.acquirer import Acquirer
from simulators.black_hole import BlackHole
from tests.counter import HeadOffice, daemon, poshealth, wait_for, write_settings

HOUR = timedelta(hours=1)
Way = Callable[[], contextlib.AbstractContextManager[int]]


def tables(port: int, begins: timedelta, ends: timedelta, more: str = "") -> str:
    """One line to a port of this machine, tried by the firewall's probe as well; times are from now on."""
    now = datetime.now()  # noqa: DTZ005  the settings hold the store's local time
    return f"""
[[firewall_ports.outbound]]
host = "127.0.0.1"
port = {port}
purpose = "card payments"
[[payment_lines.lines]]
name = "card/primary"
host = "127.0.0.1"
port = {port}
tls = false
echo = "0800/301 bcd"
terminal_id = "00000002"
connect_timeout_seconds = 1.2
reply_timeout_seconds = 1
[firewall_ports]
timeout_seconds = 1.2
[[maintenance.downtimes]]
who = "Acquirer A"
what = "cards"
begins = {(now + begins).isoformat(timespec="milliseconds")}
ends = {(now + ends).isoformat(timespec="milliseconds")}
{more}
"""


@contextlib.contextmanager
def refusing() -> Iterator[int]:
    with socket.socket() as taken:  # bound, not listening
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextlib.contextmanager
def silent() -> Iterator[int]:
    with BlackHole() as hole:
        yield hole.address[1]


@contextlib.contextmanager
def mute() -> Iterator[int]:
    with Acquirer() as host:
        host.faults.silent = True
        yield host.address[1]


@contextlib.contextmanager
def out_of_order() -> Iterator[int]:
    with Acquirer() as host:
        host.response_code = "91"
        yield host.address[1]


def check(folder: Path, text: str) -> dict[str, Any]:
    path = write_settings(folder, "", text)
    probes = ("payment_lines", "firewall_ports", "maintenance")
    done = poshealth("check", *probes, "--json", "--settings", str(path))
    diagnosis: dict[str, Any] = json.loads(done.stdout)["diagnosis"]
    return diagnosis


def codes(diagnosis: dict[str, Any]) -> list[str]:
    return [cause["code"] for cause in diagnosis.get("causes", [])]


WAYS = pytest.mark.parametrize("way", [refusing, silent, mute, out_of_order], ids=lambda way: way.__name__)


@WAYS
def test_while_it_lasts_it_is_the_cause(way: Way, till_folder: Path) -> None:
    """However the host is gone: one cause, the staff's, that explains line and port and owns the loss."""
    with way() as port:
        found = check(till_folder, tables(port, -HOUR, HOUR))
    assert codes(found) == ["maintenance.downtime"]
    (cause,) = found["causes"]
    assert (cause["owner"], found["lost"]) == ("staff", ["card-payments", "settlement"])
    assert ["payment-line.down", "card/primary"] in cause["consequences"]


@WAYS
def test_after_its_end_it_explains_no_more(way: Way, till_folder: Path) -> None:
    """What is down still is down for a reason of its own, and somebody is called."""
    with way() as port:
        found = check(till_folder, tables(port, -HOUR, -timedelta(seconds=1)))
    assert found["causes"]
    assert not [code for code in codes(found) if code.startswith("maintenance")]
    assert "staff" not in [cause["owner"] for cause in found["causes"]]


def test_a_line_that_works_all_the_same_leaves_a_reminder(till_folder: Path) -> None:
    """The acquirer was quicker: nothing is lost, and the exit code is 0."""
    with Acquirer() as host:
        found = check(till_folder, tables(host.address[1], -HOUR, HOUR))
    assert codes(found) == ["maintenance.downtime"]
    assert "consequences" not in found["causes"][0]
    assert "card-payments" in found["works"]


def test_what_it_did_not_announce_is_a_fault(till_folder: Path) -> None:
    """The other acquirer's line is down for itself, and comes first."""
    other = """
[[payment_lines.lines]]
name = "qr/wallet"
host = "127.0.0.1"
port = {port}
kind = "scan-code"
connect_timeout_seconds = 1.2
"""
    with refusing() as announced, refusing() as broken:
        text = tables(announced, -HOUR, HOUR, 'lines = ["card/primary"]\n' + other.format(port=broken))
        found = check(till_folder, text)
    assert codes(found) == ["payment-line.refused", "maintenance.downtime"]
    assert found["causes"][0]["subjects"] == ["qr/wallet"]


def test_a_name_that_is_not_found_was_not_announced(till_folder: Path) -> None:
    """An acquirer that takes its host down leaves its name where it is."""
    with silent() as port:
        text = tables(port, -HOUR, HOUR).replace('tls = false\necho = "0800/301 bcd"', "")
        text = text.replace(
            'name = "card/primary"\nhost = "127.0.0.1"', 'name = "card/primary"\nhost = "gone.invalid"'
        )
        found = check(till_folder, text)
    assert found["causes"][0]["code"] == "payment-line.name-not-found"


def test_the_daemon_lets_go_of_it_at_its_end(tmp_path: Path) -> None:
    """Head office sees the announced outage, and once it is over the fault itself in its place."""
    office = HeadOffice(tmp_path)
    office.start()
    every = "[every_seconds]\npayment_lines = 1\nfirewall_ports = 1\nmaintenance = 0.5\n"

    def seen() -> list[str]:
        return [code for row in office.terminals() for code in codes(row)]

    try:
        with refusing() as port:
            lasts = write_settings(tmp_path, office.url, tables(port, -HOUR, HOUR, every))
            with daemon(lasts) as process:
                wait_for(lambda: "maintenance.downtime" in seen(), 30)
                assert "payment-line.refused" not in seen()
                write_settings(tmp_path, office.url, tables(port, -HOUR, -HOUR / 2, every))
                process.send_signal(signal.SIGHUP)
                wait_for(
                    lambda: "maintenance.downtime" not in seen() and "firewall.port-refused" in seen(), 30
                )
    finally:
        office.stop()
