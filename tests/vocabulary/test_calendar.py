"""The store's own time, on the days on which it is easily got wrong."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from vocabulary.calendar import Calendar, DayKind, Span, parse_span, parse_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
DAYTIME = parse_span("09:00-22:00")
BAR = parse_span("18:00-02:00")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("09:00-22:00", Span(540, 1320)),
        ("18:00-02:00", Span(1080, 1560)),
        ("00:00-24:00", Span(0, 1440)),
        ("9:30 - 24:00", Span(570, 1440)),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, span: Span) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "9", "25:00", "24:01", "09:60", "-01:00", "nine"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        parse_time(text)


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        ("2026-11-21T17:59", ""),  # a Saturday
        ("2026-11-21T18:00", "2026-11-21T18:00"),
        ("2026-11-22T01:59", "2026-11-21T18:00"),
        ("2026-11-22T02:00", ""),
        ("2026-11-23T01:00", "2026-11-22T18:00"),  # Monday is closed; these are Sunday's hours
        ("2026-11-23T20:00", ""),
    ],
)
def test_hours_over_midnight_belong_to_the_day_they_began(moment: str, opened: str) -> None:
    calendar = Calendar(zone=SHANGHAI, hours=(None, *(BAR,) * 6))

    assert calendar.opened_at(at(moment)) == (at(opened) if opened else None)
    assert calendar.is_open(at(moment)) is bool(opened)


def test_the_next_opening_jumps_over_closed_days() -> None:
    calendar = Calendar(zone=SHANGHAI, hours=(None, *(DAYTIME,) * 6), closed=frozenset({date(2026, 11, 24)}))

    assert calendar.opens_next(at("2026-11-22T23:00")) == at("2026-11-25T09:00")
    assert calendar.opens_next(at("2026-11-22T12:00")) == at("2026-11-22T12:00")


@pytest.mark.parametrize(
    ("calendar", "closes"),
    [
        (Calendar(zone=SHANGHAI, hours=(DAYTIME,) * 7), "2026-11-22T22:00"),
        (Calendar(zone=SHANGHAI, hours=(BAR,) * 7), "2026-11-22T12:00"),
        (Calendar(zone=SHANGHAI), ""),
        (Calendar(zone=SHANGHAI, closed=frozenset({date(2026, 11, 24)})), "2026-11-24T00:00"),
        (
            Calendar(zone=SHANGHAI, keeps_holidays=True, days={date(2026, 11, 25): DayKind.HOLIDAY}),
            "2026-11-25T00:00",
        ),
    ],
    ids=["at night", "it is closed now", "never", "a closed day", "a holiday"],
)
def test_the_next_closing(calendar: Calendar, closes: str) -> None:
    """Seen on a Sunday at noon; a store that is always open closes for a day all the same."""
    assert calendar.closes_next(at("2026-11-22T12:00")) == (at(closes) if closes else None)


def test_a_store_that_never_opens_has_no_next_opening() -> None:
    assert Calendar(hours=(None,) * 7).opens_next(0.0) is None


@pytest.mark.parametrize(
    ("moment", "business_date"),
    [
        ("2026-11-22T03:59", date(2026, 11, 21)),
        ("2026-11-22T04:00", date(2026, 11, 22)),
        ("2026-01-01T00:30", date(2025, 12, 31)),
    ],
)
def test_a_sale_after_midnight_is_yesterdays_until_the_cutoff(moment: str, business_date: date) -> None:
    assert Calendar(zone=SHANGHAI, cutoff=parse_time("04:00")).business_date(at(moment)) == business_date


def test_the_same_moment_is_another_date_in_another_zone() -> None:
    moment = at("2026-11-22T06:00")

    assert Calendar(zone=SHANGHAI).business_date(moment) == date(2026, 11, 22)
    assert Calendar(zone=timezone(timedelta(hours=-5))).business_date(moment) == date(2026, 11, 21)


def test_a_day_of_twenty_three_hours_opens_by_the_clock_on_the_wall() -> None:
    """29 March 2026: 02:00 becomes 03:00 in Berlin."""
    calendar = Calendar(zone=BERLIN, hours=(DAYTIME,) * 7)

    assert calendar.opens_next(at("2026-03-28T23:00", BERLIN)) == at("2026-03-29T09:00", BERLIN)
    assert at("2026-03-29T09:00", BERLIN) - at("2026-03-29T00:00", BERLIN) == 8 * 3600


def test_a_time_that_comes_twice_is_the_first() -> None:
    """25 October 2026: 02:30 comes twice in Berlin, the first time in summer time (UTC+2)."""
    moment = Calendar(zone=BERLIN).instant(date(2026, 10, 25), parse_time("02:30"))

    assert moment == datetime(2026, 10, 25, 0, 30, tzinfo=ZoneInfo("UTC")).timestamp()


def test_a_store_that_keeps_holidays_works_when_the_public_calendar_says_so() -> None:
    """National Day 2026: 1 to 7 October off, Saturday 10 October worked (State Council)."""
    weekdays = (*(DAYTIME,) * 5, None, None)
    days = {date(2026, 10, 1): DayKind.HOLIDAY, date(2026, 10, 10): DayKind.MADE_UP}
    keeps = Calendar(hours=weekdays, keeps_holidays=True, days=days)
    ignores = Calendar(hours=weekdays, days=days)

    assert (keeps.opening(date(2026, 10, 1)), keeps.opening(date(2026, 10, 10))) == (None, DAYTIME)
    assert (ignores.opening(date(2026, 10, 1)), ignores.opening(date(2026, 10, 10))) == (DAYTIME, None)


def test_a_moment_is_said_with_the_store_s_zone() -> None:
    assert Calendar(zone=SHANGHAI).said(at("2026-11-21T21:40")) == "2026-11-21T21:40+08:00"
