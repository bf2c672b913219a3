"""The receipt printer's probe against a simulated Star printer on a pty."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.diagnosis import diagnose
from agent.running.probe_run import ProbeRun
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.probe import PROBE
from simulators.escpos_printer import EscposPrinter
from simulators.star_printer import StarPrinter
from tests.conftest import RunProbe
from tests.probes.case_folders import Case, check, load_cases
from vocabulary import texts
from vocabulary.reading import Reading, Reason, Status
from vocabulary.report import Known

CASES = load_cases("receipt_printer_star")
REQUEST_ONLY = re.compile(rb"(\x1b\x06\x01)*")
CONDITIONS = {condition.code: condition for condition in PROBE.conditions}
MOST_SECONDS = 3.0


@pytest.fixture
def link(holders_socket: str) -> Iterator[Path]:
    """Where the printer hangs, in a folder the unprivileged child may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        (Path(name) / "port-holders.sock").symlink_to(holders_socket)
        yield Path(name) / "printer"


def star(link: Path) -> ReceiptPrinterOptions:
    return msgspec.structs.replace(escpos(link), family="star")


def escpos(link: Path) -> ReceiptPrinterOptions:
    return ReceiptPrinterOptions(port=str(link), holders_socket=f"{link.parent}/port-holders.sock")


def break_it(printer: StarPrinter, damage: dict[str, Any]) -> None:
    """Do what a case's [printer] table says; a key not named here is one of its sensors."""
    for key, value in damage.items():
        if key == "faults":
            for fault in value:
                setattr(printer.faults, fault, True)
        elif key in ("speed", "frame_bytes"):
            setattr(printer, key, value)
        else:
            setattr(printer.state, key, value)


def play(case: Case, printer: StarPrinter, link: Path, run_probe: RunProbe) -> ProbeRun:
    damage = dict(case.settings.get("printer", {}))
    memory = run_probe(PROBE, star(link)).memory if damage.pop("seen_before", False) else {}
    break_it(printer, damage)
    return run_probe(PROBE, star(link), memory=memory)


def causes(readings: tuple[Reading, ...]) -> list[str]:
    known = tuple(Known(reading=reading, since=0.0) for reading in readings)
    return [cause.code for cause in diagnose(known, CONDITIONS).causes]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_situation_is_told_as_expected(case: Case, link: Path, run_probe: RunProbe) -> None:
    """One situation, its readings, its one cause; in time, and with nothing written but ESC ACK SOH."""
    with StarPrinter(link=link) as printer:
        run = play(case, printer, link, run_probe)
    assert run.error == ""
    check(case, run.readings)
    assert causes(run.readings) == case.settings["causes"]
    assert run.seconds < MOST_SECONDS
    assert REQUEST_ONLY.fullmatch(printer.received)
    assert sorted(reading.code for reading in run.readings) == sorted(CONDITIONS)
    say_in_both_languages(run.readings, link)


def say_in_both_languages(readings: tuple[Reading, ...], link: Path) -> None:
    """With the facts of the reading in it, and Han characters in the Chinese."""
    for reading in readings:
        if reading.status is Status.FAILING:
            english, chinese = (
                texts.words(CONDITIONS[reading.code], (reading,), each) for each in ("en", "zh")
            )
            assert str(link) in english.text
            assert str(link) in chinese.text
            assert re.search("[一-鿿]", chinese.text)


def test_an_answer_in_one_language_proves_nothing_for_the_other(link: Path, run_probe: RunProbe) -> None:
    """The setting was changed, the printer is the same: silence is unknown, not a fault."""
    with EscposPrinter(link=link):
        memory = run_probe(PROBE, escpos(link)).memory
        run = run_probe(PROBE, star(link), memory=memory)
    answer = next(reading for reading in run.readings if reading.code == "receipt-printer.no-answer")
    assert (answer.status, answer.reason) == (Status.UNKNOWN, Reason.TIMED_OUT)


def test_a_star_printer_asked_in_escpos_is_never_called_well(link: Path, run_probe: RunProbe) -> None:
    """The second byte of DLE EOT is Star's EOT: something comes back, and it is no answer."""
    with StarPrinter(link=link) as printer:
        run = run_probe(PROBE, escpos(link))
    failing = [reading.code for reading in run.readings if reading.status is Status.FAILING]
    assert printer.sent == b"\x10\x10"
    assert failing == ["receipt-printer.wrong-speed"]


def test_no_identity_is_asked_of_it(link: Path, run_probe: RunProbe) -> None:
    """GS I is ESC/POS: a Star printer would print it."""
    with StarPrinter(link=link) as printer:
        run_probe(PROBE, ReceiptPrinterOptions(port=str(link), family="star", owner="ours"))
    assert printer.received == b"\x1b\x06\x01"
