"""A pre-settlement slip that is missing follows from what stands in its way, and from nothing else."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS
from agent.running.probe_run import ProbeRun
from probes.receipt_printer.conditions import COVER_OPEN, PAPER_OUT
from probes.receipt_printer.remembered import SUBJECT as PRINTER
from probes.settlement.options import SettlementOptions
from probes.settlement.probe import PROBE
from probes.software.conditions import POS_NOT_RUNNING, VERSION_TOO_OLD
from tests.agent.till_readings import failing
from tests.probes.case_folders import load_cases
from vocabulary.reading import Reading
from vocabulary.report import Known

RunProbe = Callable[..., ProbeRun]
CASES = {case.name: case for case in load_cases("settlement")}


@pytest.fixture
def causes(run_probe: RunProbe, till_folder: Path) -> Callable[..., set[str]]:
    """The causes of a case's round and more readings, beside which every other condition is unknown."""

    def found(name: str, *more: Reading) -> set[str]:
        case = CASES[name]
        root = shutil.copytree(case.root, till_folder / "till")
        for script in root.rglob("*.sql"):
            with sqlite3.connect(script.with_suffix(".db")) as books:
                books.executescript(script.read_text())
            books.close()
        options = {**case.settings["options"], "pos_program": "pos-front"}
        run = run_probe(PROBE, msgspec.convert(options, SettlementOptions), root=root)
        known = tuple(Known(reading=each, since=0.0, age_seconds=0.0) for each in (*run.readings, *more))
        return {cause.code for cause in diagnose(known, ALL_CONDITIONS).causes}

    return found


@pytest.mark.parametrize(
    "reading",
    [
        failing(PAPER_OUT, PRINTER),
        failing(COVER_OPEN, PRINTER),
        failing(POS_NOT_RUNNING, ""),
        failing(VERSION_TOO_OLD, "pos-front"),
    ],
    ids=lambda reading: reading.code,
)
def test_an_order_s_slip_follows_from_what_stands_in_its_way(
    causes: Callable[..., set[str]], reading: Reading
) -> None:
    assert causes("order-slip-does-not-come", reading) == {reading.code}


def test_another_program_s_version_is_no_reason(causes: Callable[..., set[str]]) -> None:
    old = failing(VERSION_TOO_OLD, "openssl")

    assert causes("order-slip-does-not-come", old) == {old.code, "pre-slip.order-missing"}


def test_the_printer_is_no_reason_for_a_slip_that_is_kept(causes: Callable[..., set[str]]) -> None:
    """The business date's is a document; an order's comes out of the printer."""
    paper = failing(PAPER_OUT, PRINTER)

    assert causes("pre-settlement-slip-missing", paper) == {paper.code, "pre-slip.day-missing"}
