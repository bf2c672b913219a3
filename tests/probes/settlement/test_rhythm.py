"""No sale for unusually long: learned over weeks, hour by hour, and only then said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from probes.memory import MAX_BYTES, Memory
from probes.settlement.journal import Journal
from probes.settlement.questions import Question
from probes.settlement.rhythm import read_rhythm
from protocols.pos_database.database import Row
from vocabulary.calendar import Calendar, DayKind
from vocabulary.reading import Reading, Status
from vocabulary.store_calendar import StoreCalendar

ZONE = ZoneInfo("Asia/Shanghai")
SHOP = StoreCalendar(zone="Asia/Shanghai", hours="09:00-22:00").calendar()
MONDAY = datetime(2026, 10, 12, 9, 0, tzinfo=ZONE)
NIGHT_BAR = StoreCalendar(zone="Asia/Shanghai", hours="18:00-02:00").calendar()


class NewestSale:
    """Books that tell one thing."""

    def __init__(self, at: datetime | None) -> None:
        self._at = at

    def offers(self, question: type[Question], *_columns: str) -> bool:
        return question.asks == "sold"

    def rows(self, _question: type[Question], _values: Mapping[str, float]) -> list[Row]:
        return [{"sales": 1, "newest_at": self._at.timestamp() if self._at else None}]


def look(now: datetime, newest: datetime | None, memory: Memory, calendar: Calendar = SHOP) -> Reading:
    (reading,) = read_rhythm(Journal((NewestSale(newest),), now.timestamp()), calendar, memory)
    return reading


def learn(memory: Memory, weeks: int, *, pause_minutes: int = 20) -> datetime:
    """Every ten minutes of the opening hours of so many weeks; the Monday after them."""
    for day in range(weeks * 7):
        opens = MONDAY + timedelta(days=day)
        for minutes in range(0, 13 * 60, 10):
            now = opens + timedelta(minutes=minutes)
            look(now, now - timedelta(minutes=minutes % (pause_minutes + 10)), memory)
    return MONDAY + timedelta(days=weeks * 7)


def test_nothing_is_said_before_three_weeks_were_seen() -> None:
    memory = Memory()
    noon = learn(memory, 2) + timedelta(hours=6)

    assert look(noon, noon - timedelta(hours=3), memory).status is Status.UNKNOWN


def test_a_pause_far_beyond_the_usual_one_is_told() -> None:
    """With how long it is, and how long it mostly is; one that is usual is not."""
    memory = Memory()
    noon = learn(memory, 4) + timedelta(hours=6)

    assert look(noon, noon - timedelta(minutes=25), memory).status is Status.OK
    found = look(noon, noon - timedelta(minutes=95), memory)

    assert found.status is Status.FAILING
    assert found.facts["quiet_minutes"] == 95
    assert 20 <= int(found.facts["usual_minutes"]) <= 25
    assert len(repr(memory.values())) < MAX_BYTES / 4


def test_one_bad_day_in_a_month_changes_nothing_a_quieter_store_does() -> None:
    memory = Memory()
    learn(memory, 4)
    bad, good = Memory(memory.values()), Memory(memory.values())
    for weeks, known in ((1, bad), (2, good)):
        for week in range(weeks):
            noon = MONDAY + timedelta(days=28 + 7 * week, hours=6)
            look(noon, noon - timedelta(minutes=170), known)
            look(noon + timedelta(hours=1), noon + timedelta(hours=1), known)
    later = MONDAY + timedelta(days=28 + 14, hours=6)

    assert look(later, later - timedelta(minutes=150), bad).status is Status.FAILING
    assert look(later, later - timedelta(minutes=150), good).status is Status.OK


@pytest.mark.parametrize(
    ("calendar", "now", "status"),
    [
        (SHOP, MONDAY + timedelta(days=28, hours=14), Status.OK),  # closed
        (SHOP, MONDAY + timedelta(days=28, minutes=5), Status.OK),  # it has only just opened
    ],
)
def test_the_night_is_no_pause(calendar: Calendar, now: datetime, status: Status) -> None:
    memory = Memory()
    learn(memory, 4)

    assert look(now, MONDAY + timedelta(days=27, hours=12), memory, calendar).status is status


def test_a_holiday_is_neither_judged_nor_learned() -> None:
    memory = Memory()
    noon = learn(memory, 4) + timedelta(hours=6)
    holiday = StoreCalendar(zone="Asia/Shanghai", hours="09:00-22:00").calendar(
        {noon.date(): DayKind.HOLIDAY}
    )
    before = memory.values()

    assert look(noon, noon - timedelta(hours=3), memory, holiday).status is Status.UNKNOWN
    assert memory.values() == before


def test_hours_that_end_after_midnight_belong_to_the_evening_before() -> None:
    """At 01:30 the bar has been open since 18:00: seven and a half hours without a sale count, no more."""
    now = MONDAY.replace(hour=1, minute=30)

    def learned(quiet_minutes: int) -> object:
        look(now, now - timedelta(minutes=quiet_minutes), memory := Memory(), NIGHT_BAR)
        return memory.get("rhythm")

    assert learned(90) != learned(450) == learned(600)
