"""The probe asks through the broker: same conditions, and a job under way is "in use"."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.running.probe_run import ProbeRun
from probes.receipt_printer.broker import START_BROKER
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.probe import PROBE
from simulators.escpos_printer import EscposPrinter
from tests.broker.fake_pos import FakePos
from tests.broker.service import Service, wait_for
from tests.conftest import RunProbe
from vocabulary.reading import Reading, Reason, Status


@pytest.fixture
def printer(till_folder: Path) -> Iterator[EscposPrinter]:
    with EscposPrinter(speed=None, link=till_folder / "ttyS7") as started:
        yield started


@pytest.fixture
def broker(till_folder: Path, printer: EscposPrinter) -> Iterator[Service]:
    with Service(till_folder, str(till_folder / "ttyS7")) as started:
        wait_for(lambda: not started.ask("ask 1")[0].startswith("busy"))
        yield started


def options(folder: Path) -> ReceiptPrinterOptions:
    settings = {"port": f"{folder}/ttyS7", "owner": "broker", "broker_socket": f"{folder}/broker.sock"}
    return msgspec.convert(settings, ReceiptPrinterOptions)


def by_code(run: ProbeRun) -> dict[str, Reading]:
    return {reading.code.removeprefix("receipt-printer."): reading for reading in run.readings}


def failing(run: ProbeRun) -> set[str]:
    return {code for code, reading in by_code(run).items() if reading.status is Status.FAILING}


STATES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "healthy": ({}, set()),
    "paper out": ({"paper_out": True, "near_end": True}, {"paper-out", "near-end", "offline"}),
    "cover open": ({"cover_open": True}, {"cover-open", "offline"}),
}


@pytest.mark.parametrize(("state", "expected"), STATES.values(), ids=STATES)
@pytest.mark.usefixtures("broker")
def test_the_printer_s_state_comes_through(
    run_probe: RunProbe, printer: EscposPrinter, till_folder: Path, state: dict[str, Any], expected: set[str]
) -> None:
    for name, value in state.items():
        setattr(printer.state, name, value)

    run = run_probe(PROBE, options(till_folder))

    assert failing(run) == expected
    assert by_code(run)["no-answer"].status is Status.OK


def test_while_a_job_is_under_way_the_printer_is_in_use(
    run_probe: RunProbe, printer: EscposPrinter, broker: Service, till_folder: Path
) -> None:
    """And hears nothing of us."""
    with FakePos(broker.link) as pos:
        pos.send(b"half a line")
        wait_for(lambda: printer.received.endswith(b"half a line"))
        run = run_probe(PROBE, options(till_folder))

    assert failing(run) == set()
    assert by_code(run)["paper-out"].reason is Reason.BUSY
    assert printer.received.endswith(b"half a line")


@pytest.mark.usefixtures("broker")
def test_a_silent_printer(run_probe: RunProbe, printer: EscposPrinter, till_folder: Path) -> None:
    """One that has answered before."""
    memory = run_probe(PROBE, options(till_folder)).memory
    printer.faults.silent = True

    assert failing(run_probe(PROBE, options(till_folder), memory=memory)) == {"no-answer"}


@pytest.mark.usefixtures("broker")
def test_noise_between_answers(run_probe: RunProbe, printer: EscposPrinter, till_folder: Path) -> None:
    """A line that drips is told as garbled, as it is without a broker."""
    printer.faults.drip = True

    assert failing(run_probe(PROBE, options(till_folder))) == {"garbled"}


def test_a_printer_unplugged(
    run_probe: RunProbe, printer: EscposPrinter, broker: Service, till_folder: Path
) -> None:
    memory = run_probe(PROBE, options(till_folder)).memory
    printer.vanish()
    wait_for(lambda: broker.ask("ask 1") == ["gone missing"])

    assert failing(run_probe(PROBE, options(till_folder), memory=memory)) == {"vanished"}


def test_without_a_broker_nothing_is_claimed(run_probe: RunProbe, till_folder: Path) -> None:
    """Not tested, and the command that would help."""
    readings = by_code(run_probe(PROBE, options(till_folder))).values()

    assert {(reading.reason, reading.because) for reading in readings} == {(Reason.NOT_TESTED, START_BROKER)}


@pytest.mark.parametrize("said", [b"heard zz\n", b"heard\n", b"\xff\xfe\n", b"what\n", b"x" * 9000, b""])
def test_what_is_no_broker_is_told(run_probe: RunProbe, till_folder: Path, said: bytes) -> None:
    """Whatever sits at its socket: no exception, and nothing claimed."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(till_folder / "broker.sock"))
        (till_folder / "broker.sock").chmod(0o666)
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(99)
                connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        run = run_probe(PROBE, options(till_folder))
        thread.join()

    assert {reading.status for reading in run.readings} == {Status.UNKNOWN}
