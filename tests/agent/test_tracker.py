"""Since when, how old, and whether it may be shown."""

from __future__ import annotations

import pytest

from agent.tracker import Moment, Tracker
from vocabulary.condition import Condition, Owner, Severity
from vocabulary.reading import Reading, Reason, Status
from vocabulary.report import Known

PLAIN = Condition(
    code="t.plain", title="t", text="{subject}", remedy="Look", owner=Owner.STAFF, severity=Severity.WARNING
)
SLOW = Condition(
    code="t.slow",
    title="t",
    text="{subject}",
    remedy="Look",
    owner=Owner.STAFF,
    severity=Severity.WARNING,
    visible_after_seconds=30,
)
WALL = 1_000_000.0


def at(seconds: float) -> Moment:
    return Moment(seconds, WALL + seconds)


@pytest.fixture
def tracker() -> Tracker:
    return Tracker({PLAIN.code: PLAIN, SLOW.code: SLOW})


def take(tracker: Tracker, seconds: float, *readings: Reading, early: Reason | None = None) -> None:
    tracker.take("t", (PLAIN, SLOW), readings, at(seconds), every_seconds=60, ended_early=early)


def known(tracker: Tracker, seconds: float, condition: Condition = PLAIN, subject: str = "x") -> Known:
    found = {entry.reading.identity: entry for entry in tracker.known(seconds)}
    return found[condition.code, subject]


def test_since_survives_updates(tracker: Tracker) -> None:
    """Other facts under the same status are the same fault as before."""
    take(tracker, 0, PLAIN.failing("x", try_=1))
    take(tracker, 60, PLAIN.failing("x", try_=2))

    assert known(tracker, 60).since == WALL
    assert known(tracker, 60).reading.facts == {"try_": 2}


def test_two_probes_share_a_condition(tracker: Tracker) -> None:
    """Each has its own subjects, and says nothing of the other's."""
    tracker.take("ports", (PLAIN,), [PLAIN.failing("x")], at(0), every_seconds=60)
    tracker.take("lines", (PLAIN,), [PLAIN.ok("y")], at(1), every_seconds=60)
    tracker.take("lines", (PLAIN,), [], at(2), every_seconds=60)

    assert {entry.reading.subject for entry in tracker.known(2)} == {"x"}


def test_a_condition_nobody_mentioned_is_unknown(tracker: Tracker) -> None:
    """Silence is not health."""
    take(tracker, 0, PLAIN.ok("x"))

    assert known(tracker, 0, SLOW, "").reading.reason is Reason.NOT_MENTIONED


def test_a_subject_that_is_gone_is_forgotten(tracker: Tracker) -> None:
    """The resolver that DHCP took away is no fault of today's."""
    take(tracker, 0, PLAIN.failing("old"))
    take(tracker, 60, PLAIN.ok("new"))

    assert [entry.reading.subject for entry in tracker.known(60) if entry.reading.code == "t.plain"] == [
        "new"
    ]


def test_a_run_that_was_ended_leaves_unknown_behind(tracker: Tracker) -> None:
    """What a killed probe did not get to say is not what it said last time."""
    take(tracker, 0, PLAIN.ok("x"))
    take(tracker, 60, early=Reason.TIMED_OUT)

    assert known(tracker, 60).reading.reason is Reason.TIMED_OUT


def test_busy_keeps_the_last_value_and_its_age(tracker: Tracker) -> None:
    """The POS printing a receipt says nothing against the paper seen a minute ago."""
    take(tracker, 0, PLAIN.failing("x"))
    take(tracker, 60, PLAIN.unknown(Reason.BUSY, "x"))

    assert known(tracker, 60).reading.status is Status.FAILING
    assert known(tracker, 60).age_seconds == 60


def test_busy_for_three_intervals_is_unknown(tracker: Tracker) -> None:
    """A port held all day must not keep yesterday's verdict alive."""
    take(tracker, 0, PLAIN.ok("x"))
    take(tracker, 181, PLAIN.unknown(Reason.BUSY, "x"))

    assert known(tracker, 181).reading.reason is Reason.BUSY


def test_a_reading_grows_stale(tracker: Tracker) -> None:
    """Three intervals without a new look."""
    take(tracker, 0, PLAIN.ok("x"))

    assert known(tracker, 180).reading.status is Status.OK
    assert known(tracker, 181).reading.reason is Reason.STALE


def test_a_debounced_fault_is_not_announced_at_once(tracker: Tracker) -> None:
    """Nor is it called healthy: it settles, then it shows."""
    take(tracker, 0, SLOW.failing("x"))

    assert known(tracker, 10, SLOW).reading.reason is Reason.SETTLING
    assert tracker.next_visible(10) == 30
    assert known(tracker, 30, SLOW).reading.status is Status.FAILING
    assert tracker.next_visible(30) is None


def test_whoever_asks_sees_a_fault_at_once(tracker: Tracker) -> None:
    """A technician in front of the till does not wait for a debounce."""
    take(tracker, 0, SLOW.failing("x"))
    found = {entry.reading.code: entry.reading.status for entry in tracker.known(0, debounce=False)}

    assert found["t.slow"] is Status.FAILING
