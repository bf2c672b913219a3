"""By when a business date must be settled: holidays, made-up days, cut-off, summer time, closed days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from probes.memory import Memory
from probes.public_days import days_around
from probes.settlement.due import deadline_of, missed, unpublished
from vocabulary.calendar import Calendar, parse_time
from vocabulary.store_calendar import StoreCalendar

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
SHOP: dict[str, Any] = {"zone": SHANGHAI, "hours": "09:00-22:00"}
BAR: dict[str, Any] = {"zone": SHANGHAI, "hours": "18:00-02:00", "cutoff": "04:00"}
BERLIN_BAR: dict[str, Any] = {"zone": BERLIN, "hours": "18:00-04:00", "cutoff": "05:00"}
OFFICE: dict[str, Any] = {
    "zone": SHANGHAI,
    "hours": "08:00-18:00",
    "weekdays": {"saturday": "closed", "sunday": "closed"},
    "country": "CN",
    "keeps_holidays": True,
}


def calendar_of(store: dict[str, Any], now: str) -> Calendar:
    settings = StoreCalendar(**store)
    if not settings.country:
        return settings.calendar()
    return settings.calendar(days_around(settings.country, date.fromisoformat(now[:10]), Memory()))


def at(store: dict[str, Any], text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(store["zone"])).timestamp()


@pytest.mark.parametrize(
    ("store", "deadline", "sold", "now", "count"),
    [
        # the plain day
        (SHOP, "24:00", "2026-11-20T12:00", "2026-11-20T23:59", 0),
        (SHOP, "24:00", "2026-11-20T12:00", "2026-11-21T00:00", 1),
        (SHOP, "22:30", "2026-11-20T12:00", "2026-11-20T22:31", 1),
        (SHOP, "24:00", "2026-11-20T12:00", "2026-11-23T12:00", 3),
        # sold after midnight, before the cut-off: of the day before
        (BAR, "03:30", "2026-11-21T01:30", "2026-11-21T03:29", 0),
        (BAR, "03:30", "2026-11-21T01:30", "2026-11-21T03:30", 1),
        (BAR, "03:30", "2026-11-20T19:00", "2026-11-21T03:30", 1),
        (BAR, "24:00", "2026-11-20T19:00", "2026-11-21T00:10", 1),
        # a closed Monday: 23 November 2026 has no deadline of its own
        (SHOP | {"weekdays": {"monday": "closed"}}, "24:00", "2026-11-22T12:00", "2026-11-24T12:00", 1),
        (SHOP | {"weekdays": {"monday": "closed"}}, "24:00", "2026-11-22T12:00", "2026-11-25T00:00", 2),
        # sold on a day that should have been closed: it counts all the same
        (SHOP | {"weekdays": {"monday": "closed"}}, "24:00", "2026-11-23T12:00", "2026-11-24T00:01", 1),
        # National Day 2026, 1 to 7 October off; a shop works through it, an office does not
        (SHOP, "24:00", "2026-09-30T12:00", "2026-10-08T09:00", 8),
        (OFFICE, "24:00", "2026-09-30T12:00", "2026-10-08T09:00", 1),
        # Saturday 10 October is worked for it: one deadline more than an ordinary weekend
        (OFFICE, "24:00", "2026-10-09T12:00", "2026-10-12T09:00", 2),
        (OFFICE, "24:00", "2026-10-16T12:00", "2026-10-19T09:00", 1),
        # summer time begins (29 March) and ends (25 October 2026) in Berlin: by the clock on the wall
        ({"zone": BERLIN, "hours": "09:00-20:00"}, "24:00", "2026-03-28T12:00", "2026-03-29T00:00", 1),
        ({"zone": BERLIN, "hours": "09:00-20:00"}, "22:00", "2026-03-29T12:00", "2026-03-29T21:59", 0),
        ({"zone": BERLIN, "hours": "09:00-20:00"}, "22:00", "2026-10-25T12:00", "2026-10-25T22:00", 1),
        (BERLIN_BAR, "02:30", "2026-10-24T20:00", "2026-10-25T02:29", 0),
    ],
)  # fmt: skip
def test_missed_deadlines_are_counted_as_the_store_counts_days(
    store: dict[str, Any], deadline: str, sold: str, now: str, count: int
) -> None:
    calendar = calendar_of(store, now)
    first = calendar.business_date(at(store, sold))

    assert missed(calendar, first, parse_time(deadline), at(store, now)) == count


def test_a_deadline_in_the_hour_that_is_left_out_comes_when_the_clock_is_past_it() -> None:
    """02:30 of 29 March 2026 does not come in Berlin: what is due then is due at 03:30."""
    calendar = StoreCalendar(zone=BERLIN, cutoff="05:00").calendar()

    due = deadline_of(calendar, date(2026, 3, 28), parse_time("02:30"))
    assert calendar.said(due) == "2026-03-29T03:30+02:00"


def test_a_year_that_is_not_published_is_named() -> None:
    """A store that keeps holidays cannot tell which days of it had a deadline; another can."""
    calendar = calendar_of(OFFICE, "2098-12-30")
    now = at(OFFICE, "2099-01-04T09:00")

    assert unpublished(calendar, date(2098, 12, 30), now) == 2098
    assert (
        unpublished(calendar_of(OFFICE, "2026-10-08"), date(2026, 9, 30), at(OFFICE, "2026-10-08T09:00"))
        is None
    )
    assert unpublished(calendar_of(SHOP, "2098-12-30"), date(2098, 12, 30), now) is None


def test_what_waits_for_years_is_counted_to_an_end() -> None:
    """A till's clock may be years ahead."""
    calendar = StoreCalendar(**SHOP).calendar()

    assert missed(calendar, date(1970, 1, 2), parse_time("24:00"), at(SHOP, "2026-11-21T12:00")) <= 401
