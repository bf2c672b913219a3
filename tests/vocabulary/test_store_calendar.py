"""The settings' calendar: what people write, and what is no calendar."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from vocabulary.calendar import Span
from vocabulary.store_calendar import StoreCalendar


def test_a_day_that_differs_has_its_own_hours() -> None:
    store = msgspec.convert(
        {"hours": "09:00-22:00", "weekdays": {"monday": "closed"}, "closed": [date(2027, 2, 6)]},
        StoreCalendar,
    )
    calendar = store.calendar()

    assert calendar.opening(date(2026, 11, 23)) is None
    assert calendar.opening(date(2026, 11, 24)) == Span(540, 1320)
    assert calendar.opening(date(2027, 2, 6)) is None


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"hours": "nine to five"}, "write them like"),
        ({"hours": "09:00-25:00"}, "is no time"),
        ({"weekdays": {"monday": "shut"}}, "no opening hours"),
        ({"weekdays": {"mon": "closed"}}, "mon"),
        ({"zone": "Mars/Olympus"}, "zone 'Mars/Olympus' is not known"),
        ({"zone": "../../etc/passwd"}, "is not known"),
        ({"cutoff": "4 am"}, "is no time"),
        ({"country": "china"}, "country"),
        ({"keeps_holidays": True}, "needs country"),
    ],
)
def test_what_is_no_calendar_is_refused_in_words(table: dict[str, Any], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.convert(table, StoreCalendar)
