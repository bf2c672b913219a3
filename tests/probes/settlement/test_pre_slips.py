"""A pre-settlement slip that is missing follows from what stands in its way, and from nothing else."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS
from agent.running.probe_run import ProbeRun
from probes.receipt_printer.conditions import COVER_OPEN, PAPER_OUT
from probes.receipt_printer.remembered import SUBJECT as PRINTER
from probes.settlement.journal import Journal
from probes.settlement.options import SettlementOptions
from probes.settlement.pre_slips import read_pre_slips
from probes.settlement.probe import PROBE
from probes.settlement.questions import DaySlip, Question, Sold
from probes.software.conditions import POS_NOT_RUNNING, VERSION_TOO_OLD
from protocols.pos_database.database import Row
from tests.agent.till_readings import failing
from tests.probes.case_folders import load_cases
from vocabulary.reading import Reading, Status
from vocabulary.report import Known
from vocabulary.store_calendar import StoreCalendar

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


def at(text: str) -> float:
    """Of November 2026, by the clock of a store in UTC."""
    return datetime.fromisoformat(f"2026-11-{text}:00+00:00").timestamp()


class Books:
    """They tell when something was sold, and when the business date's slip was made."""

    def __init__(self, sold: tuple[str, ...], made: tuple[str, ...]) -> None:
        self._sold = [at(text) for text in sold]
        self._made = [at(text) for text in made]

    def offers(self, question: type[Question], *_columns: str) -> bool:
        return question in (Sold, DaySlip)

    def rows(self, question: type[Question], values: Mapping[str, float]) -> list[Row]:
        if question is Sold:
            sold = [each for each in self._sold if each >= values["since"]]
            return [{"sales": len(sold), "first_at": min(sold, default=None)}]
        return [{"made": sum(values["day_begins"] <= each < values["day_ends"] for each in self._made)}]


@pytest.mark.parametrize(
    ("by", "cutoff", "now", "made", "missing"),
    [
        # until it is due the slip of the date before is looked for, and no longer
        ("22:30", "00:00", "21T22:29", ("20T22:10",), ""),
        ("22:30", "00:00", "21T22:29", (), "2026-11-20"),
        ("22:30", "00:00", "21T22:30", ("20T22:10",), "2026-11-21"),
        ("22:30", "00:00", "21T22:30", ("21T22:10",), ""),
        # due when the business date ends: nothing of it is left to look at
        ("24:00", "00:00", "20T23:59", ("19T22:10",), ""),
        ("24:00", "00:00", "21T00:00", ("19T22:10",), "2026-11-20"),
        ("24:00", "00:00", "21T00:00", ("20T23:50",), ""),
        ("05:00", "05:00", "21T04:59", ("20T04:10",), ""),
        ("05:00", "05:00", "21T05:00", ("20T04:10",), "2026-11-20"),
        ("05:00", "05:00", "21T05:00", ("21T04:10",), ""),
        # made late, on the next date
        ("24:00", "00:00", "21T08:10", ("21T08:05",), ""),
        # ... and is none of that date's own
        ("24:00", "00:00", "22T00:00", ("21T08:05",), "2026-11-21"),
        ("22:30", "00:00", "21T22:29", ("21T09:00",), ""),
        ("22:30", "00:00", "21T22:30", ("21T09:00",), "2026-11-21"),
        # closed on the date before: what is sold today is no matter of it
        ("24:00", "00:00", "23T12:00", (), ""),
    ],
)
def test_the_newest_business_date_whose_slip_is_due_is_judged(
    by: str, cutoff: str, now: str, made: tuple[str, ...], missing: str
) -> None:
    calendar = StoreCalendar(zone="UTC", cutoff=cutoff).calendar()
    sold = ("19T12:00", "20T12:00", "21T12:00", "23T11:00")
    books = Books(tuple(each for each in sold if each <= now), made)

    reading, _ = read_pre_slips(Journal((books,), at(now)), SettlementOptions(day_slip_by=by), calendar)

    assert reading.status is (Status.FAILING if missing else Status.OK)
    assert reading.facts["day"] == missing or not missing
