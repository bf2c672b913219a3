"""When a slip prints by itself: causes, times of day, opening hours, distances. No clock is asked."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

import pytest

from agent.settings.settings import SlipSettings
from agent.slip import rule
from probes.maintenance import conditions as planned
from probes.payment_lines import conditions as lines
from probes.power.conditions import UPS_ON_BATTERY
from probes.receipt_printer import conditions as printer
from probes.software.conditions import VERSION_TOO_OLD
from tests.agent.slip.situations import report
from tests.agent.till_readings import CARD_LINE, CARD_PORT, PRINTER, failing, subjects
from vocabulary.reading import Reading, Reason
from vocabulary.report import Occasion

BOTH: Final = SlipSettings(print_on=("cause", "recovery"))
NEAR_END: Final = failing(printer.NEAR_END, PRINTER)
NEAR_END_UNSEEN: Final = printer.NEAR_END.unknown(Reason.TIMED_OUT, PRINTER)
NO_CARDS: Final = failing(lines.CARD_LINES_DOWN, subjects(lines.CARD_LINES_DOWN)[0])
MAINS: Final = failing(UPS_ON_BATTERY, subjects(UPS_ON_BATTERY)[0])
OVERDUE: Final = failing(planned.OVERDUE, "print-head")
ANNOUNCED: Final = [failing(planned.DOWNTIME, each) for each in (CARD_LINE, CARD_PORT)]
DOWN: Final = failing(lines.DROPPED, CARD_LINE)
NO_LINE: Final = failing(lines.LINE_DOWN, CARD_LINE)
OLD: Final = failing(VERSION_TOO_OLD, "openssl")
PAPER, LINE = printer.NEAR_END.code, lines.CARD_LINES_DOWN.code
NONE: Final[frozenset[str]] = frozenset()


@pytest.mark.parametrize(
    ("told", "readings", "occasion", "told_now"),
    [
        pytest.param(NONE, [], None, NONE, id="all is well"),
        pytest.param(NONE, [NEAR_END], Occasion.CAUSE, {PAPER}, id="the staff's cause comes"),
        pytest.param(NONE, [NO_CARDS], Occasion.CAUSE, {LINE}, id="a cause that stops payments comes"),
        pytest.param(NONE, [MAINS], Occasion.CAUSE, {MAINS.code}, id="mains off, on UPS"),
        pytest.param(NONE, [OLD], None, NONE, id="a cause that stops nothing is not the counter's"),
        pytest.param(NONE, [OVERDUE], None, NONE, id="a reminder waits for its time of day"),
        pytest.param(NONE, [*ANNOUNCED, OVERDUE], None, NONE, id="an announced outage that stops nothing"),
        pytest.param(
            NONE,
            [*ANNOUNCED, DOWN, NO_LINE, NO_CARDS],
            Occasion.CAUSE,
            {planned.DOWNTIME.code},
            id="an announced outage stops cards",
        ),
        pytest.param({PAPER}, [NEAR_END], None, {PAPER}, id="it was told"),
        pytest.param({PAPER}, [NEAR_END, NO_CARDS], Occasion.CAUSE, {PAPER, LINE}, id="a second one comes"),
        pytest.param({PAPER, LINE}, [NEAR_END], None, {PAPER}, id="one of two is gone"),
        pytest.param({PAPER}, [], Occasion.RECOVERY, NONE, id="all are gone"),
        pytest.param({PAPER}, [NEAR_END_UNSEEN], None, {PAPER}, id="not looked at is not gone"),
        pytest.param({LINE}, [NEAR_END], Occasion.CAUSE, {PAPER}, id="one goes as another comes"),
        pytest.param({"gone.by-update"}, [], Occasion.RECOVERY, NONE, id="a condition no longer watched"),
    ],
)
def test_a_slip_for_what_is_new(
    told: frozenset[str], readings: list[Reading], occasion: Occasion | None, told_now: frozenset[str]
) -> None:
    """A cause is told once; a recovery when all that was told is gone for sure."""
    verdict = rule.judge(BOTH, told, report(*readings))

    assert (verdict.occasion, verdict.told) == (occasion, told_now)


@pytest.mark.parametrize("print_on", [(), ("recovery",)])
def test_what_is_not_wished_is_still_remembered(print_on: tuple[str, ...]) -> None:
    """No slip for the cause, and the recovery is one of something."""
    verdict = rule.judge(SlipSettings(print_on=print_on), NONE, report(NEAR_END))  # type: ignore[arg-type]

    assert verdict.occasion is None
    assert verdict.told == {PAPER}


@pytest.mark.parametrize(
    ("hours", "at", "is_open"),
    [
        ("", "03:00", True),
        ("08:00-22:00", "07:59", False),
        ("08:00-22:00", "08:00", True),
        ("08:00-22:00", "21:59", True),
        ("08:00-22:00", "22:00", False),
        ("18:00-02:00", "17:59", False),
        ("18:00-02:00", "23:59", True),
        ("18:00-02:00", "00:00", True),
        ("18:00-02:00", "01:59", True),
        ("18:00-02:00", "02:00", False),
    ],
)
def test_opening_hours(hours: str, at: str, is_open: bool) -> None:
    """From the first minute to before the last, over midnight too."""
    assert rule.is_open(hours, time.fromisoformat(at)) is is_open


@pytest.mark.parametrize(
    ("seconds", "why"),
    [(None, ""), (0.0, "less than 15 minutes after the last one"), (899.0, "less"), (900.0, "")],
)
def test_the_least_distance(seconds: float | None, why: str) -> None:
    """Fifteen minutes by default; the first one waits for nothing."""
    found = rule.not_yet(BOTH, datetime.fromisoformat("2026-11-22T12:00"), seconds)

    assert found.startswith(why)
    assert bool(found) is bool(why)


@pytest.mark.parametrize(
    ("at", "done", "entry"),
    [
        pytest.param("2026-11-22T07:59", {}, None, id="not yet"),
        pytest.param("2026-11-22T08:00", {}, "08:00", id="now"),
        pytest.param("2026-11-22T08:59", {}, "08:00", id="the till came up late"),
        pytest.param("2026-11-22T09:00", {}, None, id="too late"),
        pytest.param("2026-11-22T08:01", {"08:00": "2026-11-22"}, None, id="done today"),
        pytest.param("2026-11-22T08:01", {"08:00": "2026-11-21"}, "08:00", id="done yesterday"),
        pytest.param("2026-11-22T21:30", {"08:00": "2026-11-22"}, "21:30", id="the second of the day"),
    ],
)
def test_times_of_day(at: str, done: dict[str, str], entry: str | None) -> None:
    """Once a day each, at most an hour late; a clock set back an hour does not repeat it."""
    wishes = SlipSettings(print_at=("08:00", "21:30"))

    assert rule.time_of_day(wishes, done, datetime.fromisoformat(at)) == entry


def test_waiting_has_an_end() -> None:
    """Twelve hours by default."""
    assert not rule.is_too_old(BOTH, 12 * 3600)
    assert rule.is_too_old(BOTH, 12 * 3600 + 1)


@pytest.mark.parametrize("text", ["", "8:00", "24:00", "08:60", "0800", "08:0x", "08:00 ", "-8:00", "²0:00"])
def test_no_time(text: str) -> None:
    """HH:MM and nothing else."""
    with pytest.raises(ValueError, match="is no time as HH:MM"):
        rule.clock_time(text)


@pytest.mark.parametrize("hours", ["08:00", "08:00-", "08:00-08:00", "8-22"])
def test_no_hours(hours: str) -> None:
    """A mistake of the settings is found when they are read."""
    with pytest.raises(ValueError, match="no "):
        SlipSettings(hours=hours)


def test_a_time_of_day_outside_the_hours_is_a_mistake() -> None:
    """It would print the next morning."""
    with pytest.raises(ValueError, match="print_at 22:10 lies outside hours 08:00-22:00"):
        SlipSettings(print_at=("22:10",), hours="08:00-22:00")
