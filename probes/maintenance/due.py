"""How far a task is: well, due soon, due, or overdue. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from enum import IntEnum

from msgspec import Struct

# Chosen, not measured: a weekly task is not announced for days, a yearly one is not overdue for a season.
_SOON_PART, _SOON_MOST_DAYS = 0.1, 7
_LATE_PART, _LATE_MOST_DAYS = 0.25, 14


class Standing(IntEnum):
    SOON = 0
    DUE = 1
    OVERDUE = 2


class Progress(Struct, frozen=True):
    """`used` of `every` since it was done; `standing` None: nothing is to be said yet."""

    used: int
    every: int
    standing: Standing | None


def by_days(done: date, every: int, today: date) -> Progress:
    soon = min(max(round(every * _SOON_PART), 1), _SOON_MOST_DAYS, every - 1)  # not on the day it was done
    late = min(max(round(every * _LATE_PART), 1), _LATE_MOST_DAYS)
    used = (today - done).days
    return Progress(used, every, _standing(used, every, soon, late))


def due_on(done: date, every: int) -> date:
    """A clock that was set beyond the calendar's end gives its last day."""
    return done + timedelta(days=min(every, (date.max - done).days))


def by_count(used: int, every: int) -> Progress:
    return Progress(used, every, _standing(used, every, every * _SOON_PART, every * _LATE_PART))


def _standing(used: int, every: int, soon: float, late: float) -> Standing | None:
    if used >= every + late:
        return Standing.OVERDUE
    if used >= every:
        return Standing.DUE
    return Standing.SOON if used >= every - soon else None
