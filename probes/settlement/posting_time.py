"""Until which day the acquirer may take to post what was sold. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from vocabulary.calendar import Calendar, DayKind

_WORKED: Final = frozenset({DayKind.WORKING, DayKind.MADE_UP})
_WRITTEN: Final = re.compile(r"([TD])\+(\d)|(\d) working days?")
_ONE_DAY: Final = timedelta(days=1)


class PostingTime(Struct, frozen=True):
    """`days` after the day of the sale: as banks count where `are_working`, else every day."""

    days: int
    are_working: bool


def parse(text: str) -> PostingTime:
    """From "T+1", "D+1" or "3 working days". Raise ValueError."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(f'posting_days {text!r}: write it like "T+1", "D+1" or "3 working days"')
    return PostingTime(int(found[2] or found[3]), found[1] != "D")


def posted_by(calendar: Calendar, time: PostingTime, day: date) -> date | None:
    """The last day; None where the public calendar does not say of a day before it whether it is worked.

    A day long before those it was published for is taken for its first one, which makes the answer later.
    """
    if not (time.are_working and time.days):
        return day + time.days * _ONE_DAY
    if not calendar.days:
        return None
    day = max(day, min(calendar.days) - _ONE_DAY)
    left = time.days
    while left:
        day += _ONE_DAY
        if day not in calendar.days:
            return None
        left -= calendar.days[day] in _WORKED
    return day


def working_days_passed(calendar: Calendar, since: date, today: date) -> int:
    """Whole ones: neither `since` nor `today` counts; what is not published does not, either."""
    return sum(since < day < today and kind in _WORKED for day, kind in calendar.days.items())
