"""Slips on a Star printer: its own language on paper, and its ETB counter as the proof of it."""

from __future__ import annotations

import threading

import pytest
import zxingcpp

from agent.slip import printing
from agent.slip.job import job
from agent.slip.outcome import Printing
from agent.slip.printing import print_slip
from agent.slip.qr import verify
from agent.slip.slips import Slip
from probes.receipt_printer.options import ReceiptPrinterOptions
from simulators.star_printer import StarPrinter
from tests.agent.slip.situations import FIREWALL, KEY, LINE_DOWN
from tests.agent.slip.test_job import Features, cashier, technician
from tests.counter import wait_for

JOB = b"\x1b@Paper out\nFit a new roll\n\x1bd\x02"


def star(printer: StarPrinter) -> ReceiptPrinterOptions:
    return ReceiptPrinterOptions(port=printer.pty_path, family="star", owner="ours")


def printed(slip: Slip, features: Features, printer: StarPrinter) -> list[str]:
    result = print_slip(star(printer), job(slip, features, "star"))
    assert (result.outcome, printer.paper.unknown) == (Printing.PRINTED, [])
    return printer.text().splitlines()


@pytest.mark.parametrize("columns", [32, 48])
@pytest.mark.parametrize("native_qr", [True, False])
def test_an_english_slip_is_text(native_qr: bool, columns: int) -> None:
    """Line by line; its QR verifies, drawn by the printer or by us; it ends with a feed and a cut."""
    slip = cashier(FIREWALL, "en", columns)
    with StarPrinter(columns=columns) as printer:
        frame, *lines = printed(slip, Features(native_qr=native_qr), printer)
        (code,) = zxingcpp.read_barcodes(printer.picture())
    assert frame.strip() == "NOT A RECEIPT"
    assert lines[: len(slip.lines) - 1] == [line.text for line in slip.lines[1:]]
    assert (lines[-1], any(line.startswith("[QR") for line in lines)) == ("[cut]", native_qr)
    assert verify(str(code.text), KEY).code == FIREWALL.code


@pytest.mark.parametrize("make", [cashier, technician])
def test_a_chinese_slip_is_a_picture(make: object) -> None:
    """Also where the settings say that the printer has Chinese: no specification says how to choose it."""
    slip = cashier(LINE_DOWN, "zh") if make is cashier else technician(LINE_DOWN, "zh")
    with StarPrinter() as printer:
        lines = printed(slip, Features(), printer)
        (code,) = zxingcpp.read_barcodes(printer.picture())
    assert {line.strip() for line in lines} <= {"[image 384x24]", "", "[cut]"}
    assert verify(str(code.text), KEY).code == LINE_DOWN.code


def test_emphasis_is_switched_on_and_off() -> None:
    """ESC E and ESC F around a strong line, nothing of ESC/POS in it."""
    octets = job(cashier(FIREWALL, "en"), Features(), "star")
    assert octets.count(b"\x1bE") == octets.count(b"\x1bF") > 0
    assert octets.startswith(b"\x1b@\x1bE")
    assert b"\x1dV" not in octets
    assert len(octets) < 2048


def test_printed_only_once_the_counter_has_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """The paper ends after the slip was taken in: it counts nothing, and nothing is claimed."""
    monkeypatch.setattr(printing, "_CONFIRM_SECONDS", 0.5)
    with StarPrinter() as printer:
        printer.ends_after_lines = 1
        assert print_slip(star(printer), JOB).outcome is Printing.UNKNOWN
        assert printer.etb_count == 0


def test_a_counter_that_was_moved_by_others_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two more than before: somebody else has printed in between."""
    monkeypatch.setattr(printing, "_CONFIRM_SECONDS", 0.5)
    with StarPrinter() as printer:
        assert print_slip(star(printer), JOB + b"\x17").outcome is Printing.UNKNOWN


def test_the_counter_runs_over() -> None:
    """From 31 to 0 (p. 5-11)."""
    with StarPrinter() as printer:
        printer.etb_count = 31
        assert print_slip(star(printer), JOB).outcome is Printing.PRINTED
        assert printer.etb_count == 0


def test_frames_that_come_by_themselves_are_the_proof() -> None:
    """Automatic status is on: nothing may be asked beside it once one has come (p. 5-11)."""
    with StarPrinter(automatic=True) as printer:
        assert print_slip(star(printer), JOB).outcome is Printing.PRINTED
        assert printer.received.count(b"\x1b\x06\x01") <= 1


@pytest.mark.parametrize(("options", "fault"), [({"frame_bytes": 7}, ""), ({}, "one_way")])
def test_without_a_counter_nothing_is_claimed(options: dict[str, int], fault: str) -> None:
    """An old model's short frame, and a line that goes one way."""
    with StarPrinter(**options) as printer:  # type: ignore[arg-type]
        if fault:
            setattr(printer.faults, fault, True)
        assert print_slip(star(printer), JOB).outcome is Printing.UNKNOWN
        wait_for(lambda: printer.text().count("Paper out") == 1)


@pytest.mark.parametrize("state", ["paper_out", "cover_open", "cutter_error"])
def test_nothing_is_sent_to_a_printer_that_cannot(state: str) -> None:
    with StarPrinter() as printer:
        setattr(printer.state, state, True)
        assert print_slip(star(printer), JOB).outcome is Printing.NOT_SENT
        assert printer.received == b"\x1b\x06\x01"


def test_unplugged_in_the_middle() -> None:
    with StarPrinter() as printer:
        printer.faults.one_way = True
        threading.Timer(1.5, printer.vanish).start()
        assert print_slip(star(printer), JOB).outcome is Printing.UNKNOWN
