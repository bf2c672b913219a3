"""What is due when; monotonic seconds in, names out."""

from __future__ import annotations

import itertools

import pytest

from agent.schedule import Schedule


def schedule(start: float = 1000.0, seed: str = "t1", **every: float) -> Schedule:
    return Schedule(every, start=start, splay_seconds=0.0, seed=seed)


def moments(plan: Schedule, name: str, seconds: float) -> list[float]:
    """When `name` runs, where the clock is never late."""
    until, found = plan.next_at() + seconds, []
    while (now := plan.next_at()) < until:
        if name in plan.due(now):
            found.append(now)
    return found


def test_everything_is_due_at_the_start() -> None:
    """A till that was just switched on is looked at at once."""
    assert schedule(power=30, printer=60).due(1000.0) == ["power", "printer"]


def test_the_interval_is_kept_from_the_second_run_on() -> None:
    """The first one after the start comes after half an interval at the soonest, one and a half at most."""
    runs = moments(schedule(power=30), "power", 3600)

    assert 15 <= runs[1] - runs[0] < 45
    assert {round(after - before, 6) for before, after in itertools.pairwise(runs[1:])} == {30.0}


@pytest.mark.parametrize("behind", [7.0, 8 * 3600 + 7.0], ids=["a busy machine", "a stopped clock"])
def test_what_was_missed_is_one_run(behind: float) -> None:
    """Eight hours are one round and not 480, and the phase stays what it was."""
    plan, undisturbed = schedule(power=60), schedule(power=60)
    late = moments(plan, "power", 600)[-1] + 60 + behind

    assert plan.due(late) == ["power"]
    assert plan.due(late + 1) == []
    assert (plan.next_at() - moments(undisturbed, "power", 600)[-1]) % 60 in (0.0, 60.0)
    assert plan.missed == int(behind // 60)


def test_an_event_hurries_one_and_keeps_its_phase() -> None:
    """The regular moments after it are the ones they were."""
    plan, undisturbed = schedule(power=30, printer=60), schedule(power=30, printer=60)
    moments(plan, "power", 60)
    plan.hurry(["power", "no-such"], plan.next_at() - 20)

    assert plan.due(plan.next_at()) == ["power"]
    assert set(moments(plan, "power", 600)) & set(moments(undisturbed, "power", 600))


def test_a_clock_that_stands_still_makes_no_storm() -> None:
    """Asked a hundred times in one moment it names each probe once."""
    plan = schedule(power=30)

    assert [plan.due(1000.0) for _ in range(100)].count(["power"]) == 1


def test_probes_of_one_terminal_share_their_rounds() -> None:
    """Whatever runs every minute runs together with what runs every half: no round more than needed."""
    plan = schedule(power=30, printer=60, software=900)

    assert {*moments(plan, "printer", 3600)[1:]} <= {*moments(schedule(power=30), "power", 3700)}


def test_the_phase_outlives_a_restart() -> None:
    """The moments depend on the terminal's name, not on when the daemon was started."""
    before, after = schedule(power=60), schedule(start=1234.5, power=60)

    assert {*moments(after, "power", 600)[1:]} <= {*moments(before, "power", 1200)}


def test_the_phase_is_spread_over_any_interval() -> None:
    """Of 200 tills switched on in one moment no tenth of a minute gets twice its share."""
    phases = [moments(schedule(seed=f"t{n}", p=60), "p", 120)[1] % 60 for n in range(200)]

    assert max(sum(low <= phase < low + 6 for phase in phases) for low in range(0, 60, 6)) < 40


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
    due = plan.next_at()
    plan.change("p", 900.0, 1010.0)
    assert plan.due(due) == ["p"]
    assert 450 <= plan.next_at() - due <= 1350
    plan.change("p", 60.0, due + 10)
    assert plan.next_at() <= due + 70
