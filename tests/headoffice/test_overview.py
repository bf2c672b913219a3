"""Who is silent, who cannot take payment, and in which order."""

from __future__ import annotations

import msgspec
import pytest

from headoffice import overview
from headoffice.lookup import Entry, Glance
from headoffice.overview import Standing
from tests.headoffice import reports
from vocabulary.report import Cause, Report

NOW = 1_800_000_000.0
UP = 86_400.0
PAPER_OUT, PAPER_LOW = reports.paper_out(NOW - 60), reports.paper_low(NOW - 60)
PORT = reports.port_closed(NOW - 60)
OVERDUE = reports.overdue(NOW - 60)


def entry(
    report: Report | None = None,
    *,
    quiet: float = 10.0,
    every: float = 60.0,
    ahead: float = 0.0,
    name: str = "t",
) -> Entry:
    return Entry(
        terminal=name,
        first_contact=NOW - UP,
        last_contact=NOW - quiet,
        every_seconds=every,
        clock_ahead=ahead,
        conflict_at=None,
        sequence=1,
        received=NOW,
        glance=msgspec.convert(msgspec.to_builtins(report), Glance) if report else None,
    )


def standing(given: Entry, listening: float = UP) -> Standing:
    return overview.row_of(given, NOW, listening).standing


@pytest.mark.parametrize(
    ("causes", "wanted"),
    [
        ((PORT, PAPER_LOW), Standing.PAYMENTS),
        ((PAPER_OUT,), Standing.PARTLY),
        ((PAPER_LOW,), Standing.ATTENTION),
        ((), Standing.READY),
        ((OVERDUE,), Standing.READY),
        ((PAPER_OUT, OVERDUE), Standing.PARTLY),
    ],
)
def test_a_terminal_stands_where_its_worst_loss_puts_it(causes: tuple[Cause, ...], wanted: Standing) -> None:
    assert standing(entry(reports.report(causes=causes))) is wanted


def test_a_reminder_is_no_cause() -> None:
    """The row has both, apart; it is since the fault that the terminal is broken."""
    row = overview.row_of(entry(reports.report(causes=(PAPER_OUT, OVERDUE))), NOW, UP)
    assert (row.causes, row.reminders) == ((PAPER_OUT,), (OVERDUE,))
    assert overview.row_of(entry(reports.report(causes=(OVERDUE,))), NOW, UP).since is None


def test_what_was_not_proven_is_not_called_ready() -> None:
    """Nothing lost, nothing shown to work: cannot tell."""
    report = reports.report()
    blind = msgspec.structs.replace(report, diagnosis=msgspec.structs.replace(report.diagnosis, works=()))
    assert standing(entry(blind)) is Standing.UNKNOWN
    assert standing(entry(None)) is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("quiet", "every", "listening", "silent"),
    [
        (179, 60, UP, False),
        (181, 60, UP, True),
        (181, 300, UP, False),
        (901, 300, UP, True),
        (181, 0, UP, True),
        (50_000, 60, 179, False),
        (50_000, 60, 181, True),
    ],
    ids=[
        "within three intervals",
        "after three",
        "its own interval is longer",
        "after three of its own",
        "says no interval",
        "head office was away itself",
        "head office has listened long enough",
    ],
)
def test_silence_is_three_intervals_of_a_listening_head_office(
    quiet: float, every: float, listening: float, silent: bool
) -> None:
    """The clock of silence stands still while head office cannot hear."""
    row = overview.row_of(entry(reports.report(), quiet=quiet, every=every), NOW, listening)
    assert (row.standing is Standing.SILENT) is silent
    assert row.silent_since == (NOW - quiet if silent else None)


def test_the_worst_comes_first_and_the_longest_lasting_of_them() -> None:
    long_ago = reports.port_closed(NOW - 9999)
    given = [
        entry(reports.report(), name="ready"),
        entry(reports.report(causes=(PAPER_OUT,)), name="paper"),
        entry(reports.report(causes=(PORT,)), name="port"),
        entry(reports.report(), quiet=9999, name="silent"),
        entry(reports.report(causes=(long_ago,)), name="port-long-ago"),
    ]
    rows = overview.survey(given, NOW, UP)
    assert [row.terminal for row in rows] == ["port-long-ago", "port", "silent", "paper", "ready"]
    assert overview.counts(rows)[Standing.PAYMENTS] == 2


@pytest.mark.parametrize(("ahead", "since"), [(-3600.0, NOW - 60), (3600.0, NOW - 60), (90.0, NOW - 60)])
def test_a_wrong_clock_does_not_change_since_when(ahead: float, since: float) -> None:
    """Beyond two minutes a terminal's times are put right, below it they stand."""
    told = reports.paper_out(since + ahead if abs(ahead) > 120 else since)
    row = overview.row_of(entry(reports.report(causes=(told,)), ahead=ahead), NOW, UP)
    assert row.since == since


@pytest.mark.parametrize("typed", ["7K4P-2Q", "7k4p2q", " 7K4P 2Q ", "0412", "S0412-T2"])
def test_a_terminal_is_found_by_what_people_say(typed: str) -> None:
    """The code as read out, the store, the name."""
    rows = overview.survey([entry(reports.report(), name="s0412-t2")], NOW, UP)
    assert overview.matching(rows, typed) == rows
    assert overview.matching(rows, "7K4P-2R") == []
