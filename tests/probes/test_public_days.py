"""The public calendar around today, and what is not published yet."""

from __future__ import annotations

import sys
from datetime import date

import pytest

from probes.memory import Memory
from probes.public_days import days_around
from vocabulary.calendar import DayKind


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (
            date(2026, 9, 20),
            DayKind.MADE_UP,
        ),  # a Sunday worked for National Day (State Council's notice for 2026)
        (date(2026, 10, 1), DayKind.HOLIDAY),
        (date(2026, 10, 9), DayKind.WORKING),
        (date(2026, 10, 10), DayKind.MADE_UP),
        (date(2026, 10, 17), DayKind.WEEKEND),
    ],
)
def test_china_s_days_are_told_apart(day: date, kind: DayKind) -> None:
    assert days_around("CN", date(2026, 10, 5), Memory())[day] is kind


def test_a_year_that_is_not_published_has_no_days() -> None:
    """China names its made-up days each autumn for the next year; 2099 is not named by anyone."""
    days = days_around("CN", date(2098, 12, 20), Memory())

    assert days == {}


def test_a_country_whose_holidays_follow_a_rule_needs_no_publication() -> None:
    days = days_around("DE-BY", date(2098, 12, 20), Memory())

    assert (days[date(2098, 12, 25)], days[date(2099, 1, 6)]) == (DayKind.HOLIDAY, DayKind.HOLIDAY)


def test_a_country_nobody_knows_has_no_days() -> None:
    assert days_around("ZZ", date(2026, 10, 5), Memory()) == {}


@pytest.mark.parametrize("module", ["holidays", "holidays.countries"])
def test_without_the_package_there_are_no_days_until_it_is_there(
    monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    memory = Memory()
    with monkeypatch.context() as without:
        for name in [name for name in sys.modules if name.startswith("holidays")]:
            without.delitem(sys.modules, name)
        without.setitem(sys.modules, module, None)
        assert days_around("CN", date(2026, 10, 5), memory) == {}

    assert days_around("CN", date(2026, 10, 5), memory)


def test_the_days_are_kept_for_a_week_and_fit_the_memory() -> None:
    memory = Memory()
    days_around("CN", date(2026, 10, 5), memory)
    asked = memory.get("public_days")
    days_around("CN", date(2026, 10, 11), memory)
    assert memory.get("public_days") is asked

    days_around("CN", date(2026, 10, 12), memory)
    assert memory.get("public_days") is not asked
