"""Why a terminal is not heard: closed is not silent, and a restart that does not end is not closed."""

from __future__ import annotations

import msgspec
import pytest

from headoffice import overview
from headoffice.intake import read_record
from headoffice.overview import Standing
from tests.headoffice import reports
from tests.headoffice.test_overview import NOW, UP, entry
from vocabulary.absence import Absence, Closing, Why

HOUR = 3600.0


def row(
    why: str = "", *, quiet: float = 2 * HOUR, closing: Closing | None = None, ahead: float = 0.0
) -> overview.Row:
    """A terminal last heard `quiet` seconds ago; `why` is what it said when it went."""
    gone = (Absence(why=why, since=NOW - quiet),) if why else ()
    report = msgspec.structs.replace(reports.report(), absences=gone, closing=closing)
    return overview.row_of(entry(report, quiet=quiet, ahead=ahead), NOW, UP)


@pytest.mark.parametrize(
    ("why", "standing"),
    [
        (Why.CLOSED, Standing.AWAY),
        (Why.SWITCHED_OFF, Standing.AWAY),
        (Why.REBOOTED, Standing.SILENT),
        (Why.AGENT_RESTARTED, Standing.SILENT),
        (Why.AGENT_RENEWED, Standing.SILENT),
        (Why.AGENT_STOPPED, Standing.SILENT),
        ("gone-fishing", Standing.SILENT),
        ("", Standing.SILENT),
    ],
)
def test_what_it_said_when_it_went_is_shown(why: str, standing: Standing) -> None:
    """Only what is off as it should be is not called silent; a restart takes no two hours."""
    found = row(why)

    assert (found.standing, found.away.why) == (standing, why)
    assert found.silent_since == NOW - 2 * HOUR


@pytest.mark.parametrize(
    ("closes", "opens", "ahead", "standing"),
    [
        (-2 * HOUR + 60, HOUR, 0.0, Standing.AWAY),
        (-HOUR, HOUR, 0.0, Standing.SILENT),
        (-3 * HOUR, HOUR, 0.0, Standing.AWAY),
        (-3 * HOUR, -60, 0.0, Standing.AWAY),
        (-3 * HOUR, -600, 0.0, Standing.SILENT),
        (5 * HOUR, 20 * HOUR, 7 * HOUR, Standing.AWAY),
    ],
    ids=[
        "switched off at the wall at closing time",
        "fell silent an hour before it closed",
        "fell silent while it was closed",
        "the store has just opened",
        "the store has been open for ten minutes",
        "the same with a clock that is wrong",
    ],
)
def test_whoever_falls_silent_at_closing_time_is_closed(
    closes: float, opens: float, ahead: float, standing: Standing
) -> None:
    """Until the store opens again, and three heartbeats more; by whatever clock the till has."""
    assert row(closing=Closing(NOW + closes, NOW + opens), ahead=ahead).standing is standing


def test_a_till_that_stays_off_after_its_store_opened_is_silent() -> None:
    """And what it said is still there to read."""
    found = row(Why.CLOSED, quiet=12 * HOUR, closing=Closing(NOW - 12 * HOUR, NOW - HOUR))

    assert (found.standing, found.away.why, found.away.back_by) == (Standing.SILENT, Why.CLOSED, NOW - HOUR)


def test_who_is_heard_is_not_away() -> None:
    """The last word before a restart does not outlive it."""
    assert row(Why.CLOSED, quiet=10).standing is Standing.READY


def test_an_opening_that_is_no_time_is_rejected() -> None:
    """A till that opens in a thousand years would never be missed."""
    report = msgspec.structs.replace(reports.report(), closing=Closing(1.0, 1e300))

    assert read_record(msgspec.json.encode(reports.full(report)), "s0412-t2").reason == "time out of range"
