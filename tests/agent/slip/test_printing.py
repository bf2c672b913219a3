"""A slip onto simulated paper: printed, accepted, unknown, or not sent, and never twice."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest
import serial

from agent.slip import printing as slip_print
from agent.slip.printing import Printing, print_slip
from probes.receipt_printer.options import ReceiptPrinterOptions
from protocols.escpos.port import Port
from protocols.escpos.print_end import answer
from protocols.escpos.vendors import MODELS
from simulators.escpos_printer import EscposPrinter

JOB = b"\x1b@Paper out\nFit a new roll\n\n\n"
BesidePos = Callable[[EscposPrinter], ReceiptPrinterOptions]


@pytest.fixture
def beside_pos(holders_socket: str) -> BesidePos:
    def options(printer: EscposPrinter) -> ReceiptPrinterOptions:
        return ReceiptPrinterOptions(port=printer.pty_path, holders_socket=holders_socket)

    return options


def test_a_printer_that_confirms(beside_pos: BesidePos) -> None:
    """GS ( H comes back when the lines before it are on the paper."""
    with EscposPrinter() as printer:
        result = print_slip(beside_pos(printer), JOB)

        assert result.outcome is Printing.PRINTED
        assert printer.text().count("Paper out") == 1


def test_a_printer_that_knows_no_confirmation(beside_pos: BesidePos) -> None:
    """GS r 1 is answered in order: accepted, which is less than printed."""
    with EscposPrinter(process_id=False) as printer:
        assert print_slip(beside_pos(printer), JOB).outcome is Printing.ACCEPTED
        assert printer.text().count("Paper out") == 1


def test_a_printer_that_never_answers(monkeypatch: pytest.MonkeyPatch, beside_pos: BesidePos) -> None:
    """The bytes went out once, and nothing more is claimed."""
    monkeypatch.setattr(slip_print, "_CONFIRM_SECONDS", 0.5)
    with EscposPrinter() as printer:
        printer.faults.one_way = True

        assert print_slip(beside_pos(printer), JOB).outcome is Printing.UNKNOWN
        assert printer.wait_until(lambda: printer.text().count("Paper out") == 1)


@pytest.mark.parametrize("state", ["paper_out", "cover_open"])
def test_nothing_is_sent_to_a_printer_that_cannot(state: str, beside_pos: BesidePos) -> None:
    """It would print hours later, between the items of a sale."""
    with EscposPrinter() as printer:
        setattr(printer.state, state, True)
        result = print_slip(beside_pos(printer), JOB)
        setattr(printer.state, state, False)

        assert result.outcome is Printing.NOT_SENT
        assert set(printer.received) <= set(b"\x10\x04\x01\x02\x03")
        assert "Paper out" not in printer.text()


def test_nothing_is_sent_while_the_pos_prints(monkeypatch: pytest.MonkeyPatch, beside_pos: BesidePos) -> None:
    """A held port is waited for a little, then left alone."""
    monkeypatch.setattr(slip_print, "_HELD_SECONDS", 0.3)
    with EscposPrinter() as printer, serial.Serial(printer.pty_path, exclusive=True):
        result = print_slip(beside_pos(printer), JOB)

        assert (result.outcome, result.detail) == (
            Printing.NOT_SENT,
            "another program is using the printer",
        )


def test_a_printer_that_is_not_there() -> None:
    """Said as it is."""
    result = print_slip(ReceiptPrinterOptions(port="/dev/no-such-printer"), JOB)

    assert (result.outcome, result.detail) == (Printing.NOT_SENT, "the printer is not there")


def test_a_printer_that_vanishes_in_the_middle(
    monkeypatch: pytest.MonkeyPatch, beside_pos: BesidePos
) -> None:
    """What it printed is not known, so it is not tried again."""
    monkeypatch.setattr(slip_print, "_CONFIRM_SECONDS", 3.0)
    with EscposPrinter() as printer:
        printer.faults.one_way = True
        threading.Timer(1.5, printer.vanish).start()

        assert print_slip(beside_pos(printer), JOB).outcome is Printing.UNKNOWN


@pytest.mark.parametrize(
    ("heard", "outcome"),
    [
        (answer(b"PH00"), Printing.UNKNOWN),  # to the slip before, whose paper has come only now
        (answer(b"PH00") + b"\x00", Printing.ACCEPTED),
        (b"\x37\x22OURS\x00", Printing.PRINTED),
        (b"\x10\x00\x00\x00\x37\x22OURS\x00", Printing.PRINTED),
        (b"\x37\x22OURS", Printing.UNKNOWN),
        (b"\x10\x00\x00\x00\x12", Printing.UNKNOWN),
    ],
)
def test_only_the_answer_to_this_slip_says_printed(heard: bytes, outcome: Printing) -> None:
    """Each slip has a mark of its own."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        talk = slip_print.EscposTalk(MODELS["generic"])
        mark = talk.end_of_job[7:11]
        theirs.sendall(heard.replace(b"OURS", mark))
        assert talk.confirmed(Port(ours.fileno()), time.monotonic() + 0.2).outcome is outcome


def test_what_was_said_before_the_end_counts() -> None:
    """The connection is gone, and the answer was in it."""
    ours, theirs = socket.socketpair()
    with ours:
        ours.setblocking(False)
        talk = slip_print.EscposTalk(MODELS["generic"])
        theirs.sendall(answer(talk.end_of_job[7:11]))
        theirs.close()
        assert talk.confirmed(Port(ours.fileno()), time.monotonic() + 2).outcome is Printing.PRINTED
