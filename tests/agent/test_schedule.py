"""What is due when; monotonic seconds in, names out."""

from __future__ import annotations

from agent.schedule import Schedule


def schedule(**every: float) -> Schedule:
    return Schedule(every, start=1000.0, splay_seconds=0.0, seed="t1")


def test_everything_is_due_at_the_start() -> None:
    """A till that was just switched on is looked at at once."""
    assert schedule(power=30, printer=60).due(1000.0) == ["power", "printer"]


def test_nothing_is_due_twice() -> None:
    """Until its interval is over."""
    found = schedule(power=30)
    found.due(1000.0)

    assert found.due(1029.9) == []
    assert found.due(1030.0) == ["power"]


def test_eight_hours_of_suspend_are_one_run() -> None:
    """And not 480: the phase stays what it was."""
    found = schedule(power=60)
    found.due(1000.0)

    assert found.due(1000.0 + 8 * 3600 + 7) == ["power"]
    assert found.due(1000.0 + 8 * 3600 + 8) == []
    assert found.next_at() == 1000.0 + 8 * 3600 + 60


def test_an_event_hurries_one_and_keeps_its_phase() -> None:
    """The regular moment after it does not move by much more than one interval."""
    found = schedule(power=30, printer=60)
    found.due(1000.0)
    found.hurry(["power", "no-such"], 1010.0)

    assert found.due(1010.0) == ["power"]


def test_the_splay_is_fixed_per_terminal() -> None:
    """5,000 tills that come back together do not ask together, and each asks at its own moment every day."""
    phases = {Schedule({"p": 60}, start=0, splay_seconds=300, seed=f"t{n}").next_at() for n in range(200)}
    again = {Schedule({"p": 60}, start=0, splay_seconds=300, seed=f"t{n}").next_at() for n in range(200)}

    assert phases == again
    assert len(phases) == 200
    assert min(phases) < 30
    assert max(phases) > 270


def test_without_probes_nothing_is_ever_due() -> None:
    """An empty schedule waits for ever."""
    assert schedule().next_at() == float("inf")


def test_a_probe_whose_device_tells_by_itself_is_due_seldom() -> None:
    """A longer interval begins after the run that is due next, a shorter one now."""
    plan = schedule(p=60.0)
    plan.due(1000.0)
    plan.change("p", 900.0, 1010.0)
    assert plan.due(1060.0) == ["p"]
    assert plan.next_at() == 1960.0
    plan.change("p", 60.0, 1100.0)
    assert plan.next_at() == 1160.0
