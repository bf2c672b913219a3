"""Wear by the printer's own counters: asked once a day, told where a limit is set."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.running.probe_run import ProbeRun
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.probe import PROBE
from probes.receipt_printer.wear import is_due
from simulators.escpos_printer import EscposPrinter
from tests.conftest import RunProbe
from vocabulary import texts
from vocabulary.reading import Reading, Reason, Status

WEAR = next(condition for condition in PROBE.conditions if condition.code == "receipt-printer.wear")


@pytest.fixture
def printer() -> Iterator[EscposPrinter]:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        with EscposPrinter(link=Path(name) / "printer") as started:
            yield started


def rounds(printer: EscposPrinter, run_probe: RunProbe, count: int, **options: Any) -> ProbeRun:
    """That many rounds, each with the memory of the one before; the last of them."""
    memory: dict[str, object] = {}
    for _ in range(count):
        run = run_probe(PROBE, ReceiptPrinterOptions(port=printer.pty_path, **options), memory=memory)
        memory = run.memory or {}
    return run


def reading(run: ProbeRun, code: str) -> Reading:
    return next(each for each in run.readings if each.code == f"receipt-printer.{code}")


def test_counters_are_asked_in_the_second_round_and_then_not_for_a_day(
    printer: EscposPrinter, run_probe: RunProbe
) -> None:
    """The first asks who it is; the third tells what the second learned."""
    run = rounds(printer, run_probe, 3, owner="ours")
    assert printer.received.count(b"\x1dg2") == 4
    facts = reading(run, "no-answer").facts
    assert (facts["lines_fed"], facts["cuts"], facts["hours_on"]) == (120_000, 800, 410)
    assert (reading(run, "wear").status, reading(run, "wear").reason) == (Status.UNKNOWN, Reason.NOT_SET_UP)


@pytest.mark.parametrize(
    ("limits", "status", "what"),
    [
        ({"cuts_limit": 801}, Status.OK, "cuts"),
        ({"cuts_limit": 800}, Status.FAILING, "cuts"),
        ({"lines_limit": 100_000, "cuts_limit": 100}, Status.FAILING, "cuts"),
        ({"lines_limit": 1_000, "cuts_limit": 801}, Status.FAILING, "lines fed"),
        ({"hours_limit": 410}, Status.FAILING, "hours switched on"),
        ({"head_limit": 9_000_001}, Status.OK, "energisings of the print head"),
    ],
)
def test_a_limit_that_is_reached_is_told(
    limits: dict[str, int], status: Status, what: str, printer: EscposPrinter, run_probe: RunProbe
) -> None:
    """The counter furthest beyond its limit, in both languages."""
    found = reading(rounds(printer, run_probe, 2, owner="ours", **limits), "wear")
    assert (found.status, found.facts["what"]) == (status, what)
    words = [texts.words(WEAR, (found,), language).text for language in ("en", "zh")]
    assert all(str(found.facts["counted"]) in text for text in words)
    assert what in words[0]
    assert what not in words[1]


def test_beside_a_pos_no_counter_is_ever_asked(
    printer: EscposPrinter, run_probe: RunProbe, holders_socket: str
) -> None:
    """Even where a limit is set."""
    found = reading(rounds(printer, run_probe, 3, cuts_limit=1, holders_socket=holders_socket), "wear")
    assert (found.status, found.reason) == (Status.UNKNOWN, Reason.NOT_SUPPORTED)
    assert b"\x1d" not in printer.received


def test_a_printer_with_a_fault_is_not_asked(printer: EscposPrinter, run_probe: RunProbe) -> None:
    """The question would wait in its buffer."""
    memory = rounds(printer, run_probe, 1, owner="ours").memory
    printer.state.paper_out = True
    run_probe(PROBE, ReceiptPrinterOptions(port=printer.pty_path, owner="ours"), memory=memory)
    assert b"\x1dg" not in printer.received


@pytest.mark.parametrize(
    ("now", "counted_at", "due"),
    [(5.0, None, True), (90_000.0, 3_600.0, True), (89_999.0, 3_600.0, False), (3_599.0, 3_600.0, True)],
)
def test_once_a_day_whatever_the_clock_does(now: float, counted_at: float | None, due: bool) -> None:
    """A clock set back years must not put the next question off for years."""
    assert is_due(now, counted_at) is due
