"""The public calendar's days around today, from the `holidays` package, looked up once a week."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from probes.memory import Memory
from vocabulary.calendar import DayKind

if TYPE_CHECKING:
    from holidays import HolidayBase

BEFORE: Final = timedelta(days=60)
AFTER: Final = timedelta(days=30)
ASK_AGAIN: Final = timedelta(days=7)
_MEMORY_KEY: Final = "public_days"
_UNPUBLISHED: Final = "?"
_LONG_PUBLISHED: Final = 2024  # by it a country that names its days anew each year is known


def days_around(country: str, today: date, memory: Memory) -> dict[date, DayKind]:
    """From 60 days ago to 30 ahead; a day of a year that is not published yet is left out.

    None at all of an unknown country, or where the package cannot be loaded.
    """
    kept = memory.get(_MEMORY_KEY)
    if not (isinstance(kept, dict) and _is_usable(kept, country, today)):
        first = today - BEFORE
        try:
            letters = _letters(country, first, (BEFORE + AFTER).days)
        except (ImportError, PermissionError):
            return {}
        kept = {"country": country, "asked": today.isoformat(), "first": first.isoformat(), "days": letters}
        memory.set(_MEMORY_KEY, kept)
    first = date.fromisoformat(kept["first"])
    days = {first + timedelta(days=number): letter for number, letter in enumerate(kept["days"])}
    return {day: DayKind(letter) for day, letter in days.items() if letter != _UNPUBLISHED}


def _is_usable(kept: dict[str, str], country: str, today: date) -> bool:
    return (
        kept["country"] == country and timedelta(0) <= today - date.fromisoformat(kept["asked"]) < ASK_AGAIN
    )


def _letters(country: str, first: date, days: int) -> str:
    """One letter a day: a DayKind's, or "?"."""
    import holidays  # noqa: PLC0415  0.1 s, once a week

    name, _, part = country.partition("-")
    wanted = [first + timedelta(days=number) for number in range(days)]
    years = {*range(first.year, wanted[-1].year + 1), _LONG_PUBLISHED}
    try:
        found = holidays.country_holidays(name, subdiv=part or None, years=years)
    except NotImplementedError:
        return _UNPUBLISHED * days
    published = _published(found.weekend_workdays, years)
    return "".join(_kind(found, day) if day.year in published else _UNPUBLISHED for day in wanted)


def _published(made_up: set[date], years: set[int]) -> set[int]:
    """A country that works on weekends to make up for holidays names them anew each year, so a year without
    one is not published yet. Elsewhere holidays follow a rule.
    """
    return {day.year for day in made_up} or years


def _kind(found: HolidayBase, day: date) -> DayKind:
    if day in found.weekend_workdays:
        return DayKind.MADE_UP
    if day in found:
        return DayKind.HOLIDAY
    return DayKind.WEEKEND if found.is_weekend(day) else DayKind.WORKING
