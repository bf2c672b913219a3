"""A machine that slept, seen by the two clocks of the kernel."""

from __future__ import annotations

from agent.suspend import Suspend
from agent.tracker import Moment, Tracker
from probes.power.conditions import MAINS_OFF


def test_eight_hours_of_sleep_are_seen_once() -> None:
    """The clock that counts suspend runs ahead of the one that does not; small differences are nothing."""
    gap = 5.0
    suspend = Suspend(lambda: gap)
    gap = 5.4
    assert suspend.slept_seconds() == 0.0
    gap += 8 * 3600
    assert round(suspend.slept_seconds(), 1) == 8 * 3600 + 0.4
    assert suspend.slept_seconds() == 0.0


def test_this_machine_is_awake() -> None:
    """The kernel's own two clocks do not drift apart while it runs."""
    assert Suspend().slept_seconds() == 0.0


def test_what_was_read_before_the_sleep_is_stale_after_it() -> None:
    """It is as old as it is, whatever the monotonic clock left out."""
    tracker = Tracker({MAINS_OFF.code: MAINS_OFF})
    tracker.take("power", [MAINS_OFF], [MAINS_OFF.ok("AC")], Moment(100.0, 1e9), 60.0)
    tracker.grow_older(8 * 3600)

    (known,) = tracker.known(101.0)
    assert known.reading.reason == "stale"
    assert known.age_seconds == 8 * 3600 + 1
