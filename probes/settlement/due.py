"""By when what was sold on a business date must be settled. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from vocabulary.calendar import Calendar

_DAY_MINUTES: Final = 24 * 60
_ONE_DAY: Final = timedelta(days=1)
_LONGEST_DAYS: Final = 400  # as far back as missed deadlines are counted


def deadline_of(calendar: Calendar, day: date, minutes: int) -> float:
    """Wall seconds. One at or before the cut-off is of the morning after: "03:30" with a cut-off at four."""
    late = _DAY_MINUTES if minutes <= calendar.cutoff else 0
    return calendar.instant(day, minutes + late)


def unpublished(calendar: Calendar, first: date, now: float) -> int | None:
    """A year whose public calendar would have to be known from `first` to now, and is not."""
    if not calendar.keeps_holidays:
        return None
    days = min(max((calendar.business_date(now) - first).days, 0), _LONGEST_DAYS)
    waited = [first + number * _ONE_DAY for number in range(days + 1)]
    return next((day.year for day in waited if day not in calendar.days), None)


def missed(calendar: Calendar, first: date, minutes: int, now: float) -> int:
    """How many deadlines of opening days have passed since something of the business date `first` waits.

    The first counts though the store was closed on that date: something was sold.
    """
    today = calendar.business_date(now)
    span = min(max((today - first).days, 0), _LONGEST_DAYS)
    days = [first + number * _ONE_DAY for number in range(span + 1)]
    return sum(
        deadline_of(calendar, day, minutes) <= now
        for day in days
        if day == first or calendar.opening(day) is not None
    )
