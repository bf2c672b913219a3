"""The store's hours and days as its settings give them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, Literal

from msgspec import Meta, Struct

from vocabulary.calendar import Calendar, DayKind, Span, parse_span, parse_time

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

CLOSED: Final = "closed"
ALWAYS: Final = "00:00-24:00"
WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class StoreCalendar(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`zone` empty is the machine's own. `hours` are every day's; `weekdays` those of a day that differs, or
    "closed". `country` is whose public calendar holds ("CN", "DE-BY"): banks keep it, and the store does
    where `keeps_holidays`.
    """

    zone: str = ""
    hours: str = ALWAYS
    weekdays: dict[Weekday, str] = {}
    closed: Annotated[tuple[date, ...], Meta(max_length=400)] = ()
    cutoff: str = "00:00"
    country: Annotated[str, Meta(pattern=r"^([A-Z]{2}(-[A-Z0-9]{1,3})?)?\Z")] = ""
    keeps_holidays: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError."""
        self.calendar()
        if self.keeps_holidays and not self.country:
            raise ValueError('keeps_holidays needs country, such as country = "CN"')

    def calendar(self, days: Mapping[date, DayKind] | None = None) -> Calendar:
        """Raise ValueError where hours, cutoff or zone are none."""
        return Calendar(
            zone=_zone(self.zone) if self.zone else None,
            hours=tuple(_span(self.weekdays.get(name, self.hours)) for name in WEEK),
            closed=frozenset(self.closed),
            cutoff=parse_time(self.cutoff),
            keeps_holidays=self.keeps_holidays,
            days=days or {},
        )


def _span(text: str) -> Span | None:
    return None if text == CLOSED else parse_span(text)


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415  0.4 MB, for stores that name one

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'zone {name!r} is not known here; write it like "Asia/Shanghai"') from None
