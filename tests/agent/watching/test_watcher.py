"""The daemon is told by printer, UPS and files: its probes are due once an hour."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from agent.running.account import probe_account
from agent.settings.settings import load
from agent.watching.watcher import Watcher
from console.control_client import ask
from simulators.escpos_printer import EscposPrinter
from tests.broker.fake_pos import FakePos
from tests.broker.service import Service
from tests.counter import daemon, poshealth, wait_for, write_settings
from tests.port_holders import printer_table
from tests.real_upsd import RealUpsd

pytestmark = pytest.mark.slow  # real processes

HOURLY = """
[every_seconds]
power = 3600
receipt_printer = 3600
network = 3600
firewall_ports = 3600
payment_lines = 3600
software = 3600
[network]
resolvers = ["127.0.0.1:1"]
"""
Codes = Callable[[], set[str]]


@pytest.fixture
def printer(till_folder: Path) -> Iterator[EscposPrinter]:
    with EscposPrinter(speed=None, link=till_folder / "ttyS7") as started:
        yield started


@pytest.fixture
def start(till_folder: Path) -> Iterator[Callable[[str], Codes]]:
    """A daemon with these tables whose first round is over."""
    with ExitStack() as stack:

        def start(tables: str) -> Codes:
            stack.enter_context(daemon(write_settings(till_folder, "", HOURLY + tables)))
            wait_for(lambda: status(till_folder)["watching"])
            return lambda: {cause["code"] for cause in status(till_folder)["causes"]}

        yield start


def status(folder: Path) -> dict[str, list[dict[str, str]]]:
    answer: dict[str, list[dict[str, str]]] = ask(str(folder / "control.sock"), {"do": "status"}, 5)
    return answer


def ours(folder: Path) -> str:
    return f'[receipt_printer]\nport = "{folder}/ttyS7"\nowner = "ours"\n'


def test_a_printer_of_ours_tells_by_itself(
    start: Callable[[str], Codes], printer: EscposPrinter, till_folder: Path
) -> None:
    """Paper out and back, an hour before the next round."""
    codes = start(ours(till_folder))
    wait_for(lambda: b"\x1d\x61\x0f" in printer.received)
    printer.state.paper_out = True
    wait_for(lambda: "receipt-printer.paper-out" in codes())
    printer.state.paper_out = False
    wait_for(lambda: "receipt-printer.paper-out" not in codes())


def test_a_printer_that_is_plugged_in_again_tells_again(
    start: Callable[[str], Codes], printer: EscposPrinter, till_folder: Path
) -> None:
    """The port is found anew, and its loss and return are themselves news."""
    codes = start(ours(till_folder))
    wait_for(lambda: b"\x1d\x61\x0f" in printer.received)
    printer.vanish()
    wait_for(lambda: "receipt-printer.vanished" in codes())
    printer.plug_in()
    wait_for(lambda: "receipt-printer.vanished" not in codes())
    printer.state.cover_open = True
    wait_for(lambda: "receipt-printer.cover-open" in codes())


def test_a_check_borrows_the_port(
    start: Callable[[str], Codes], printer: EscposPrinter, till_folder: Path
) -> None:
    """The watcher gives it up for the probe, which is not "busy", and takes it back."""
    start(ours(till_folder))
    wait_for(lambda: b"\x1d\x61\x0f" in printer.received)
    settings = str(till_folder / "poshealth.toml")
    for _ in range(3):
        done = poshealth("check", "receipt_printer", "--json", "--settings", settings)
        readings = [known["reading"] for known in json.loads(done.stdout)["readings"]]
        said = {each["code"]: each for each in readings if each["code"].startswith("receipt-printer.")}
        assert said["receipt-printer.paper-out"]["status"] == "ok"
    asked = printer.received.rindex(b"\x10\x04")
    wait_for(lambda: b"\x1d\x61\x0f" in printer.received[asked:])


def test_a_slip_borrows_the_port(
    start: Callable[[str], Codes], printer: EscposPrinter, till_folder: Path
) -> None:
    """`poshealth slip --print` is not refused by our own watcher."""
    start(ours(till_folder))
    wait_for(lambda: b"\x1d\x61\x0f" in printer.received)
    done = poshealth("slip", "--print", "--settings", str(till_folder / "poshealth.toml"))
    assert done.returncode == 0, done.stderr
    assert "NOT A RECEIPT" in printer.text()
    printed = printer.received.rindex(b"\x1d\x56")
    wait_for(lambda: b"\x1d\x61\x0f" in printer.received[printed:])


def test_beside_a_pos_nothing_is_written(
    start: Callable[[str], Codes], printer: EscposPrinter, till_folder: Path, holders_socket: str
) -> None:
    """Where the POS owns the printer it is asked, no GS a is sent, and the port is not held."""
    start(printer_table(f"{till_folder}/ttyS7", holders_socket))
    assert set(printer.received) == set(b"\x10\x04\x01\x02\x03")


def test_the_broker_s_frames_are_heard(
    start: Callable[[str], Codes], printer: EscposPrinter, till_folder: Path
) -> None:
    """A printer that its POS had told to tell (GS a) is followed through the broker."""
    with Service(till_folder, str(till_folder / "ttyS7")) as broker:
        tables = f"""
[receipt_printer]
port = "{till_folder}/ttyS7"
owner = "broker"
broker_socket = "{till_folder}/broker.sock"
"""
        wait_for(lambda: not broker.ask("ask 1")[0].startswith("busy"))
        codes = start(tables)
        with FakePos(broker.link) as pos:
            pos.send(b"\x1d\x61\x0f")
            wait_for(lambda: printer.sent.endswith(b"\0\0"))
            printer.state.paper_out = True
            wait_for(lambda: "receipt-printer.paper-out" in codes())


def test_a_ups_that_goes_on_battery_is_heard(start: Callable[[str], Codes], tmp_path: Path) -> None:
    """The real upsd and driver: on battery and back."""
    with RealUpsd(tmp_path / "nut") as upsd:
        codes = start(f'[power]\nups = "ups@127.0.0.1:{upsd.port}"\n')
        upsd.set({"ups.status": "OB DISCHRG"})
        wait_for(lambda: "power.ups-on-battery" in codes())
        upsd.set({"ups.status": "OL"})
        wait_for(lambda: "power.ups-on-battery" not in codes())
        upsd.fault("upsd-killed")
        wait_for(lambda: "power.upsd-gone" in codes())


def test_a_watcher_that_keeps_dying_is_counted(till_folder: Path) -> None:
    """Each death soon after its start is one more; a minute of life ends the count."""
    settings = load(write_settings(till_folder, "", ""))
    watcher = Watcher(settings.options, Path("/"), probe_account())
    try:
        watcher.begin(0.0)
        for _ in range(2):
            wait_for(lambda: watcher.step(time.monotonic()) is not None and watcher.pid)
            os.kill(watcher.pid, signal.SIGKILL)
            wait_for(lambda: watcher.step(time.monotonic()) is not None and not watcher.pid)
        wait_for(lambda: watcher.step(time.monotonic()) is not None and watcher.pid)
        counted = [watcher.deaths(time.monotonic() + later) for later in (0.0, 61.0)]
    finally:
        watcher.stop()

    assert counted == [2, 0]


def test_a_watcher_that_hangs_is_replaced(till_folder: Path) -> None:
    """Stopped, not dead: three missed beats end it, and the next one starts."""
    settings = load(write_settings(till_folder, "", ""))
    watcher = Watcher(settings.options, Path("/"), probe_account(), beat_seconds=0.2)
    try:
        watcher.begin(0.0)
        watcher.step(time.monotonic())
        first = watcher.pid
        os.kill(first, signal.SIGSTOP)
        wait_for(lambda: watcher.step(time.monotonic()) is not None and watcher.pid not in (0, first))
        assert not psutil.pid_exists(first)
    finally:
        watcher.stop()
