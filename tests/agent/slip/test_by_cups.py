"""A slip through a raw queue of a real cupsd; what CUPS says of the job decides what may be claimed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.slip.by_cups import print_by_cups
from agent.slip.outcome import Printing, PrintResult
from agent.slip.printing import print_slip
from agent.slip.way import PortWay
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.till import Till
from simulators.escpos_printer import EscposPrinter
from tests.broker.service import wait_for
from tests.real_cups import RealCups

JOB = b"\x1b@\x1c&" + "缺纸, 小票打不出\n".encode("gb18030") * 40 + b"\x00\xff\x10\x04\x1dV\x00"


@pytest.fixture(scope="module")
def cups() -> Iterator[RealCups]:
    with RealCups() as started:
        yield started


@pytest.fixture
def printer() -> Iterator[EscposPrinter]:
    with EscposPrinter() as started:
        yield started


def send(cups: RealCups, queue: str, seconds: float = 20.0) -> PrintResult:
    return print_by_cups(str(cups.socket), queue, JOB, Till(), seconds)


def device(printer: EscposPrinter) -> str:
    host, port = printer.tcp_address
    return f"till://{host}:{port}"


def test_it_prints_through_print_slip(cups: RealCups, printer: EscposPrinter) -> None:
    """From the unprivileged child; byte for byte, once. CUPS knows no more than that they were taken."""
    cups.add_queue("WELL", device(printer))
    way = PortWay(through="cups", queue="WELL", cups_socket=str(cups.socket))
    result = print_slip(ReceiptPrinterOptions(), JOB, way=way)
    wait_for(lambda: len(printer.received) >= len(JOB))
    assert (result.outcome, printer.received) == (Printing.ACCEPTED, JOB)
    assert result.detail.endswith("completed")


def test_a_held_job_is_withdrawn(cups: RealCups, printer: EscposPrinter) -> None:
    """It would come out whenever somebody releases it."""
    cups.add_queue("HELD", device(printer))
    cups.hold_new_jobs("HELD")
    begun = time.monotonic()
    result = send(cups, "HELD")
    assert time.monotonic() - begun < 10  # at once, not when the time is up
    assert result.outcome is Printing.NOT_SENT
    assert "was held and is withdrawn" in result.detail
    assert printer.received == b""


def test_a_job_that_waits_is_withdrawn_in_time(cups: RealCups, printer: EscposPrinter) -> None:
    """The queue is stopped; started again it prints nothing of it."""
    cups.add_queue("STOPPED", device(printer))
    cups.stop_queue("STOPPED")
    result = send(cups, "STOPPED", seconds=0.5)
    cups.start_queue("STOPPED")
    assert result.outcome is Printing.NOT_SENT
    assert "was pending and is withdrawn" in result.detail
    assert send(cups, "STOPPED").outcome is Printing.ACCEPTED
    assert printer.received == JOB


def test_a_job_that_was_begun_and_aborted_is_unknown(cups: RealCups) -> None:
    """The printer is away: how much of it went out, CUPS does not say."""
    cups.add_queue("AWAY", "till://127.0.0.1:9")
    result = send(cups, "AWAY")
    assert result.outcome is Printing.UNKNOWN
    assert "aborted" in result.detail


def test_a_queue_that_takes_no_job(cups: RealCups, printer: EscposPrinter) -> None:
    cups.add_queue("FULL", device(printer))
    cups.refuse("FULL")
    result = send(cups, "FULL")
    assert result.outcome is Printing.NOT_SENT
    assert "CUPS takes no job for FULL" in result.detail


def test_a_queue_that_is_not_there(cups: RealCups) -> None:
    result = send(cups, "NONE")
    assert result.outcome is Printing.NOT_SENT
    assert "CUPS takes no job for NONE" in result.detail


def test_no_cups() -> None:
    result = print_by_cups("/run/no-cups.sock", "RECEIPT", JOB, Till())
    assert result.outcome is Printing.NOT_SENT
    assert "CUPS does not answer at /run/no-cups.sock" in result.detail


def take_and_break_off(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    connection.recv(4096)
    connection.close()


def test_a_cups_that_breaks_off_is_unknown(tmp_path: Path) -> None:
    """It took the request in and went."""
    path = f"{tmp_path}/cups.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        listener.settimeout(5)
        threading.Thread(target=take_and_break_off, args=(listener,), daemon=True).start()
        assert print_by_cups(path, "RECEIPT", JOB, Till()).outcome is Printing.UNKNOWN
