"""Until when the acquirer may take: working days over holidays and made-up days, calendar days, cut-off."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from probes.memory import Memory
from probes.public_days import days_around
from probes.settlement.posting_time import parse, posted_by, working_days_passed
from vocabulary.calendar import Calendar
from vocabulary.store_calendar import StoreCalendar


def calendar_of(country: str, today: str, *, hours: str = "09:00-22:00", cutoff: str = "00:00") -> Calendar:
    days = days_around(country, date.fromisoformat(today), Memory()) if country else {}
    return StoreCalendar(country=country, zone="Asia/Shanghai", hours=hours, cutoff=cutoff).calendar(days)


@pytest.mark.parametrize(
    ("country", "time", "sold", "last_day"),
    [
        # a plain week: 16 November 2026 is a Monday
        ("CN", "T+1", "2026-11-16", "2026-11-17"),
        ("CN", "T+1", "2026-11-20", "2026-11-23"),
        ("CN", "T+1", "2026-11-21", "2026-11-23"),
        ("CN", "D+1", "2026-11-20", "2026-11-21"),
        ("CN", "3 working days", "2026-11-17", "2026-11-20"),
        ("CN", "3 working days", "2026-11-20", "2026-11-25"),
        ("CN", "1 working day", "2026-11-20", "2026-11-23"),
        ("CN", "T+0", "2026-11-21", "2026-11-21"),
        # National Day 2026: 1 to 7 October off, Sunday 20 September and Saturday 10 October worked
        ("CN", "T+1", "2026-09-30", "2026-10-08"),
        ("CN", "T+1", "2026-10-04", "2026-10-08"),
        ("CN", "T+1", "2026-10-09", "2026-10-10"),
        ("CN", "T+1", "2026-10-10", "2026-10-12"),
        ("CN", "T+1", "2026-09-19", "2026-09-20"),
        ("CN", "3 working days", "2026-09-29", "2026-10-09"),
        ("CN", "D+1", "2026-09-30", "2026-10-01"),
        # Spring Festival 2026: 15 to 23 February off, Saturdays 14 and 28 February worked
        ("CN", "T+1", "2026-02-13", "2026-02-14"),
        ("CN", "T+1", "2026-02-14", "2026-02-24"),
        ("CN", "3 working days", "2026-02-13", "2026-02-25"),
        ("CN", "T+1", "2026-02-27", "2026-02-28"),
        # a country without made-up days
        ("DE", "T+1", "2026-12-24", "2026-12-28"),
        ("DE", "T+1", "2026-04-02", "2026-04-07"),
    ],
)
def test_the_last_day_in_time(country: str, time: str, sold: str, last_day: str) -> None:
    calendar = calendar_of(country, sold)

    assert posted_by(calendar, parse(time), date.fromisoformat(sold)) == date.fromisoformat(last_day)


def test_a_year_that_is_not_published_is_not_guessed() -> None:
    """Nothing is claimed across New Year before the State Council names the days; D+n needs no calendar."""
    calendar = calendar_of("CN", "2040-12-28")

    assert posted_by(calendar, parse("T+1"), date(2040, 12, 28)) is None
    assert posted_by(calendar_of("", "2026-11-20"), parse("T+1"), date(2026, 11, 20)) is None
    assert posted_by(calendar, parse("D+1"), date(2040, 12, 28)) == date(2040, 12, 29)
    assert posted_by(calendar, parse("T+0"), date(2041, 1, 2)) == date(2041, 1, 2)


def test_a_sale_of_long_ago_is_late_all_the_same() -> None:
    """Older than the days that are known: the answer lies in the past, wherever exactly."""
    last_day = posted_by(calendar_of("CN", "2026-11-20"), parse("T+1"), date(2026, 1, 5))

    assert last_day is not None
    assert date(2026, 1, 6) <= last_day < date(2026, 10, 1)


def test_what_is_sold_before_the_cut_off_is_of_the_day_before() -> None:
    """A bar's sale of Saturday 02:00 is Friday's, also on the night in which clocks change."""
    bar = calendar_of("DE", "2026-10-24", hours="18:00-04:00", cutoff="05:00")
    night = datetime(2026, 10, 24, 2, 0, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()
    clocks = StoreCalendar(zone="Europe/Berlin", cutoff="05:00").calendar(bar.days)
    changing = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()

    assert posted_by(bar, parse("T+1"), bar.business_date(night)) == date(2026, 10, 26)
    assert posted_by(bar, parse("D+1"), bar.business_date(night)) == date(2026, 10, 24)
    assert posted_by(clocks, parse("D+1"), clocks.business_date(changing)) == date(2026, 10, 25)


def test_only_whole_working_days_are_counted() -> None:
    """Neither the day of the change nor today: of 30 September to 10 October 2026 two are left."""
    calendar = calendar_of("CN", "2026-10-10")

    assert working_days_passed(calendar, date(2026, 9, 30), date(2026, 10, 10)) == 2


@pytest.mark.parametrize("text", ["", "T+", "T1", "tomorrow", "T+1 ", "-1 working days", "10 working days"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        parse(text)
