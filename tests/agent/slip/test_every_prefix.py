"""The printer dies after every possible number of bytes: at most one whole slip, and never more claimed."""

from __future__ import annotations

from typing import Literal

import pytest

from agent.slip import printing
from agent.slip.outcome import Printing
from agent.slip.printing import print_slip
from agent.slip.way import PortWay
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.till import Till
from simulators.escpos_printer import EscposPrinter
from simulators.star_printer import StarPrinter

PICTURE = b"\x1dv0\x00\x02\x00\x02\x00\x0f\xf0\xf0\x0f"
JOB = b"\x1b@\x1c&" + "缺纸".encode("gb18030") + b"\n" + PICTURE + b"END OF SLIP\n\x1dV\x00"
QUESTIONS = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
CONFIRM = len(b"\x1d(H\x06\x0000PHab\x1dr\x01")
WHOLE = len(QUESTIONS) + len(JOB) + CONFIRM


def without_fork(options: ReceiptPrinterOptions, job: bytes) -> Printing:
    """As the child does it; a fork each would take a minute more and prove nothing more."""
    return printing._sent(options, job, Till(), PortWay()).outcome


def truthful(outcome: Printing, printer: EscposPrinter, job_bytes: int) -> None:
    """What may be claimed follows from what the printer took and said."""
    confirmed, fenced = b"\x37\x22PH" in printer.sent, printer.sent.endswith(b"\x00")
    if outcome is Printing.PRINTED:
        assert confirmed
        assert "END OF SLIP" in printer.text()
    elif outcome is Printing.ACCEPTED:
        assert fenced
        assert "END OF SLIP" in printer.text()
    elif outcome is Printing.NOT_SENT:
        assert job_bytes <= 0
    assert printer.text().count("END OF SLIP") <= 1


@pytest.mark.parametrize(("process_id", "at_the_end"), [(True, Printing.PRINTED), (False, Printing.ACCEPTED)])
def test_over_tcp(monkeypatch: pytest.MonkeyPatch, process_id: bool, at_the_end: Printing) -> None:
    """Every number from none to all, and one that never comes."""
    monkeypatch.setattr(printing, "_CONFIRM_SECONDS", 2.0)
    with EscposPrinter(process_id=process_id, speed=None) as printer:
        options = ReceiptPrinterOptions(port=f"socket://127.0.0.1:{printer.tcp_address[1]}")
        told = [outcome_after(number, printer, options) for number in (*range(WHOLE + 1), WHOLE + 1)]
    assert told[-1] is at_the_end
    assert set(told[len(QUESTIONS) + 1 : -CONFIRM]) == {Printing.UNKNOWN}
    assert set(told[: len(QUESTIONS)]) == {Printing.NOT_SENT}


def outcome_after(number: int, printer: EscposPrinter, options: ReceiptPrinterOptions) -> Printing:
    """A new printer each time, under the same address."""
    printer.tear_off()
    printer.journal.entries.clear()
    printer.faults.dies_after = number
    outcome = without_fork(options, JOB)
    truthful(outcome, printer, number - len(QUESTIONS))
    printer.faults.dies_after = None
    printer.vanish()
    printer.plug_in()
    return outcome


@pytest.mark.parametrize("owner", ["pos", "ours"])
@pytest.mark.parametrize(
    "number", [0, 5, len(QUESTIONS), len(QUESTIONS) + 1, WHOLE - CONFIRM, WHOLE - 3, WHOLE]
)
def test_over_a_serial_port_in_the_child(
    number: int, owner: Literal["pos", "ours"], holders_socket: str
) -> None:
    """Where the device itself disappears."""
    with EscposPrinter() as printer:
        printer.faults.dies_after = number
        options = ReceiptPrinterOptions(port=printer.pty_path, owner=owner, holders_socket=holders_socket)
        outcome = print_slip(options, JOB).outcome
        truthful(outcome, printer, number - len(QUESTIONS))


STAR_JOB = b"\x1b@\x1bEPaper\x1bF\n\x1b0\x1bk\x01\x00" + b"\xf0" * 24 + b"\nEND OF SLIP\n\x1bd\x02"
STAR_WHOLE = 3 + len(STAR_JOB) + 1


def test_a_star_printer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Printed only once the counter said so; the last question after it is none of the slip."""
    monkeypatch.setattr(printing, "_CONFIRM_SECONDS", 2.0)
    for number in (*range(STAR_WHOLE + 1), STAR_WHOLE + 3):
        with StarPrinter() as printer:
            printer.faults.dies_after = number
            options = ReceiptPrinterOptions(port=printer.pty_path, family="star", owner="ours")
            outcome = without_fork(options, STAR_JOB)
            assert printer.text().count("END OF SLIP") <= 1
            allowed = star_may_say(number, printer.etb_count)
            assert outcome in allowed, number
    assert outcome is Printing.PRINTED or printer.etb_count == 1


def star_may_say(number: int, etb_count: int) -> set[Printing]:
    if number <= 3:
        return {Printing.NOT_SENT, Printing.UNKNOWN} if number == 3 else {Printing.NOT_SENT}
    return {Printing.UNKNOWN, Printing.PRINTED} if etb_count else {Printing.UNKNOWN}
