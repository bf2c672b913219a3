"""When a drill is over, whatever happens to the daemon and its clocks meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from agent.drill.drills import KEPT_SECONDS, MOST_MINUTES, Drills
from agent.tracker import Moment
from tests.agent.slip.situations import ALL_WELL, FIREWALL, LINE_DOWN, NEAR_END, PAPER_OUT
from vocabulary.report import Diagnosis, DrillEnding

WALL, BOOT = 1_796_000_000.0, 500.0
CAUSE = PAPER_OUT.diagnosis.causes[0]
WELL = ALL_WELL.diagnosis


def after(seconds: float, *, wall: float | None = None) -> Moment:
    return Moment(BOOT + seconds, WALL + (seconds if wall is None else wall))


def begun(folder: Path, minutes: float = 10.0, real: Diagnosis = WELL) -> Drills:
    drills = Drills(folder / "drill.json", after(0))
    drills.begin(CAUSE, "technician", minutes, real, after(0))
    return drills


def test_it_is_over_by_itself(tmp_path: Path) -> None:
    """Not a second early; the moment said is when it was due."""
    drills = begun(tmp_path)

    assert not drills.step(after(599))
    assert drills.step(after(605))
    assert drills.on is None
    shown = drills.shown(WALL + 605)
    assert shown
    assert (shown.ended, shown.ending) == (WALL + 600, DrillEnding.TIME)
    assert not drills.step(after(700))


def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    """For what is left of it."""
    begun(tmp_path)
    again = Drills(tmp_path / "drill.json", Moment(3.0, WALL + 60))

    assert again.on
    assert again.on.by == "technician"
    assert again.deadline == pytest.approx(3.0 + 540)


@pytest.mark.parametrize("wall", [600, 90_000, -4000], ids=["just over", "next day", "clock put back"])
def test_it_is_over_where_the_restart_came_too_late(tmp_path: Path, wall: float) -> None:
    """Also where the clock tells nothing of how long it has been."""
    begun(tmp_path)
    again = Drills(tmp_path / "drill.json", Moment(3.0, WALL + wall))

    assert again.on is None


@pytest.mark.parametrize(
    ("monotonic", "wall"), [(600, -5000), (10, 601)], ids=["clock put back", "slept, or clock put forward"]
)
def test_either_clock_ends_it(tmp_path: Path, monotonic: float, wall: float) -> None:
    assert begun(tmp_path).step(after(monotonic, wall=wall))


def test_no_drill_is_longer_than_the_most(tmp_path: Path) -> None:
    """Whatever was asked, and whatever a file says."""
    drills = begun(tmp_path, minutes=10_000)

    assert drills.on
    assert drills.on.until == WALL + MOST_MINUTES * 60
    text = (tmp_path / "drill.json").read_text().replace(str(drills.on.until), str(WALL + 1e8))
    (tmp_path / "drill.json").write_text(text)
    again = Drills(tmp_path / "drill.json", after(1))
    assert again.deadline
    assert again.deadline <= after(1).monotonic + MOST_MINUTES * 60


def test_a_real_cause_ends_it(tmp_path: Path) -> None:
    drills = begun(tmp_path)

    assert not drills.look(WELL, after(1))
    assert drills.look(FIREWALL.diagnosis, after(5))
    shown = drills.shown(WALL + 5)
    assert shown
    assert (shown.ended, shown.ending) == (WALL + 5, DrillEnding.CAUSE)


def test_a_notice_does_not_end_it(tmp_path: Path) -> None:
    """Paper near its end is no reason to break off."""
    assert not begun(tmp_path).look(NEAR_END.diagnosis, after(5))


def test_what_was_there_before_does_not_end_it(tmp_path: Path) -> None:
    """Also after a restart; on one more subject it is another fault."""
    begun(tmp_path, real=FIREWALL.diagnosis)
    again = Drills(tmp_path / "drill.json", after(9))
    (cause, *rest) = FIREWALL.diagnosis.causes
    spread = replace(cause, subjects=(*cause.subjects, "10.8.3.9:8583"))

    assert not again.look(FIREWALL.diagnosis, after(10))
    assert again.look(replace(FIREWALL.diagnosis, causes=(spread, *rest)), after(11))


def test_it_is_told_for_a_day(tmp_path: Path) -> None:
    drills = begun(tmp_path)
    drills.end(DrillEnding.ASKED, after(60))

    assert drills.shown(WALL + KEPT_SECONDS)
    assert drills.shown(WALL + KEPT_SECONDS + 61) is None
    assert not drills.look(LINE_DOWN.diagnosis, after(61))


@pytest.mark.parametrize("content", [b"", b"{}", b'{"drill": 7}', b"\xff" * 100])
def test_a_damaged_file_is_no_drill(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "drill.json").write_bytes(content)

    assert Drills(tmp_path / "drill.json", after(0)).on is None


def test_a_disk_that_refuses_costs_only_the_restart(tmp_path: Path) -> None:
    drills = begun(tmp_path / "no such folder")

    assert drills.on
    assert drills.step(after(601))
