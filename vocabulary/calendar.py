"""The store's own time: opening hours, business dates, deadlines, working days."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from msgspec import Struct

_DAY_MINUTES: Final = 24 * 60
_ONE_DAY: Final = timedelta(days=1)
_TIME: Final = re.compile(r"([0-2]?\d):([0-5]\d)")
_LONGEST_CLOSURE_DAYS: Final = 400  # beyond it a store that never opens is taken for closed for good


class DayKind(StrEnum):
    """A day in the public calendar. MADE_UP is a weekend day worked for a holiday (调休上班日)."""

    WORKING = "w"
    MADE_UP = "m"
    WEEKEND = "e"
    HOLIDAY = "h"


class Span(Struct, frozen=True):
    """Minutes after midnight; `closes` lies beyond 1440 where the store closes after midnight."""

    opens: int
    closes: int


_ALWAYS: Final = (Span(0, _DAY_MINUTES),) * 7


def parse_time(text: str) -> int:
    """Minutes after midnight, 0 to 1440. Raise ValueError."""
    found = _TIME.fullmatch(text)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= minutes <= _DAY_MINUTES:
        raise ValueError(f'{text!r} is no time; write it like "21:30", midnight at the day\'s end as "24:00"')
    return minutes


def parse_span(text: str) -> Span:
    """From "09:00-22:00", or "18:00-02:00" over midnight. Raise ValueError."""
    opens, dash, closes = text.partition("-")
    if not dash:
        raise ValueError(f'{text!r} are no opening hours; write them like "09:00-22:00", or "closed"')
    first, last = parse_time(opens.strip()), parse_time(closes.strip())
    return Span(first, last if last > first else last + _DAY_MINUTES)


class Calendar(Struct, frozen=True, kw_only=True):
    """`zone` None is the machine's own. `hours` has seven, Monday first, None for a closed day.

    `cutoff` in minutes after midnight: what is sold before it belongs to the day before. `days` holds the
    public calendar's word for each day it was published for. Where the store `keeps_holidays` it is closed on
    those, and open on a weekend made up for one as on the first weekday that has hours.
    """

    zone: tzinfo | None = None
    hours: tuple[Span | None, ...] = _ALWAYS
    closed: frozenset[date] = frozenset()
    cutoff: int = 0
    keeps_holidays: bool = False
    days: Mapping[date, DayKind] = {}

    def local(self, at: float) -> datetime:
        """`at` in wall seconds."""
        return datetime.fromtimestamp(at, self.zone)

    def said(self, at: float) -> str:
        """As "2026-11-21T21:40+08:00" by the store's clock (ISO 8601)."""
        return self.local(at).astimezone(self.zone).isoformat(timespec="minutes")

    def instant(self, day: date, minutes: int) -> float:
        """Wall seconds of a time by the store's clock. Where the clock is put forward over it, the moment as
        long after; where it is put back and the time comes twice, the first.
        """
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return (midnight + timedelta(minutes=minutes)).timestamp()

    def business_date(self, at: float) -> date:
        now = self.local(at)
        before_cutoff = now.hour * 60 + now.minute < self.cutoff
        return now.date() - _ONE_DAY if before_cutoff else now.date()

    def opening(self, day: date) -> Span | None:
        kind = self.days.get(day) if self.keeps_holidays else None
        if day in self.closed or kind is DayKind.HOLIDAY:
            return None
        if kind is DayKind.MADE_UP:
            return self.hours[day.weekday()] or next((span for span in self.hours[:5] if span), None)
        return self.hours[day.weekday()]

    def is_open(self, at: float) -> bool:
        return self.opened_at(at) is not None

    def opened_at(self, at: float) -> float | None:
        """Wall seconds since when; None while closed. Hours that began yesterday and end today count."""
        today = self.local(at).date()
        spans = ((day, self.opening(day)) for day in (today, today - _ONE_DAY) if self._is_within(day, at))
        return next((self.instant(day, span.opens) for day, span in spans if span), None)

    def opens_next(self, at: float) -> float | None:
        """Wall seconds from which the store is open: `at` itself while it is; None where it never opens."""
        if self.is_open(at):
            return at
        day = self.local(at).date()
        for _ in range(_LONGEST_CLOSURE_DAYS):
            span = self.opening(day)
            if span and (moment := self.instant(day, span.opens)) >= at:
                return moment
            day += _ONE_DAY
        return None

    def closes_next(self, at: float) -> float | None:
        """Wall seconds until which the store is open: `at` itself while it is not; None: it never closes."""
        if self.hours == _ALWAYS and not self.closed and not self.keeps_holidays:
            return None  # as most are set up; to find it day by day takes 10 ms, and every report asks
        moment = at
        for _ in range(_LONGEST_CLOSURE_DAYS):
            if not self.is_open(moment):
                return moment
            today = self.local(moment).date()
            days = [day for day in (today - _ONE_DAY, today) if self._is_within(day, moment)]
            moment = max(self.instant(day, span.closes) for day in days if (span := self.opening(day)))
        return None

    def _is_within(self, day: date, at: float) -> bool:
        span = self.opening(day)
        return span is not None and self.instant(day, span.opens) <= at < self.instant(day, span.closes)
