"""Why this terminal was not heard: told on return, and before it goes."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path

import pytest

from agent.absences import KEPT, Absences
from agent.health import boot_id
from agent.tracker import Moment
from vocabulary.absence import Absence, Why

EVENING = datetime(2026, 11, 21, 21, 50).timestamp()  # noqa: DTZ001  the till's own clock
HOURS = "09:00-22:00"


def moment(seconds: float = 0.0) -> Moment:
    return Moment(monotonic=1000.0 + seconds, wall=EVENING + seconds)


def absences(folder: Path, at: float = 0.0, hours: str = HOURS) -> Absences:
    return Absences(folder, hours, 60.0, moment(at))


def mark(folder: Path, *, boot: str = "earlier", clean: bool = False, reason: str = "") -> None:
    """What a run left behind that was last alive at EVENING."""
    run = {"boot_id": boot, "wall": EVENING, "boottime": 500.0, "clean": clean, "reason": reason}
    (folder / "last-stop.json").write_text(json.dumps(run))


@pytest.mark.parametrize(
    ("run", "back", "why"),
    [
        ({"clean": True, "reason": Why.SWITCHED_OFF}, 11 * 3600, Why.CLOSED),
        ({"clean": True, "reason": Why.SWITCHED_OFF}, 300, Why.SWITCHED_OFF),
        ({"clean": True, "reason": Why.REBOOTED}, 90, Why.REBOOTED),
        ({}, 11 * 3600, Why.POWER_CUT),
        ({"boot": boot_id()}, 3, Why.AGENT_CRASHED),
        ({"boot": boot_id(), "clean": True, "reason": Why.AGENT_RESTARTED}, 3, Why.AGENT_RESTARTED),
        ({"boot": boot_id(), "clean": True, "reason": Why.AGENT_RENEWED}, 9, Why.AGENT_RENEWED),
        ({"clean": True, "reason": Why.AGENT_STOPPED}, 11 * 3600, Why.AGENT_STOPPED),
    ],
    ids=[
        "off at ten to ten, on in the morning",
        "off and on again within opening hours",
        "restarted",
        "no last word, another boot",
        "no last word, the same boot",
        "the service restarted",
        "a new release",
        "stopped by hand, then the till went off",
    ],
)
def test_an_absence_is_told_on_return(tmp_path: Path, run: dict[str, object], back: float, why: Why) -> None:
    """One sentence each: from the last sign of life to the start."""
    mark(tmp_path, **run)  # type: ignore[arg-type]

    assert absences(tmp_path, back).newest == (Absence(why=why, since=EVENING, until=EVENING + back),)


def test_the_first_run_of_all_was_never_away(tmp_path: Path) -> None:
    """Nor does a marker that cannot be read tell anything."""
    assert absences(tmp_path).newest == ()
    (tmp_path / "last-stop.json").write_text("{")
    assert absences(tmp_path).newest == ()


def test_whoever_goes_says_so(tmp_path: Path) -> None:
    """An absence without an end; after the return it has one, and nothing is told twice."""
    leaving = absences(tmp_path)
    leaving.leave(Why.REBOOTED, moment(5))
    assert leaving.newest == (Absence(why=Why.REBOOTED, since=EVENING + 5),)
    back = absences(tmp_path, time.time() - EVENING)  # noqa: TID251  the marker is written in real time
    assert [(each.why, each.until > 0) for each in back.newest] == [(Why.REBOOTED, True)]
    assert absences(tmp_path).newest[0] == back.newest[0]


@pytest.mark.parametrize(("at", "why"), [(0, Why.SWITCHED_OFF), (700, Why.CLOSED)])
def test_off_after_hours_is_closed(tmp_path: Path, at: float, why: Why) -> None:
    """Ten to ten is not closing time yet, some minutes past ten is."""
    leaving = absences(tmp_path)
    leaving.leave(Why.SWITCHED_OFF, moment(at))

    assert leaving.newest[-1].why == why


@pytest.mark.parametrize(("lasted", "told"), [(170, 0), (190, 1)])
def test_a_line_cut_is_told_once_it_was_noticed(tmp_path: Path, lasted: float, told: int) -> None:
    """Three missed heartbeats are silence at head office; from the first failure to the first success."""
    found = absences(tmp_path)
    for failures, at in ((0, 0.0), (1, 10.0), (2, 60.0), (0, 10.0 + lasted), (0, 900.0)):
        found.delivery(failures, moment(at))

    cut = Absence(why=Why.LINE_CUT, since=EVENING + 10, until=EVENING + 10 + lasted)
    assert found.newest == (cut,) * told


@pytest.mark.parametrize(("seconds", "told"), [(170, 0), (8 * 3600, 1)])
def test_a_sleep_is_told_once_it_was_noticed(tmp_path: Path, seconds: float, told: int) -> None:
    """A laptop whose lid was closed over night."""
    found = absences(tmp_path)
    found.slept(seconds, moment())

    assert found.newest == (Absence(why=Why.SLEPT, since=EVENING - seconds, until=EVENING),) * told


def test_a_clock_put_back_makes_no_absence_negative(tmp_path: Path) -> None:
    """It ends when it began."""
    mark(tmp_path)

    assert absences(tmp_path, -3600.0).newest[0].until == EVENING


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    """However often a service crashes: the report stays small."""
    for number in range(3 * KEPT):
        mark(tmp_path)
        found = absences(tmp_path, number)

    assert len(found.newest) == KEPT
    assert found.newest[-1].until == EVENING + number


@pytest.mark.parametrize(
    ("hours", "minutes", "closing"),
    [
        (HOURS, 0, (10, 11 * 60 + 10)),
        (HOURS, 60, (60, 11 * 60 + 10)),
        ("18:00-02:00", 0, (250, 20 * 60 + 10)),
        ("", 0, None),
        ("00:00-24:00", 0, None),
    ],
    ids=["before it closes", "after it closed", "over midnight", "no hours set", "never closed"],
)
def test_the_report_says_when_the_store_closes(
    tmp_path: Path, hours: str, minutes: float, closing: tuple[float, float] | None
) -> None:
    """And opens again, in minutes from ten to ten: who is silent between the two is closed."""
    found = absences(tmp_path, hours=hours).closing(EVENING + minutes * 60)

    assert (found and ((found.closes - EVENING) / 60, (found.opens - EVENING) / 60)) == closing
