"""Many events, few runs, and never none for the last."""

from __future__ import annotations

import pytest

from agent.watching.folding import BURST, BURST_SECONDS, FOLD_SECONDS, Folding


def runs(events: list[float], until: float) -> list[float]:
    """When `network` was run, looked at every hundredth of a second."""
    folding = Folding()
    told = []
    for step in range(int(until * 100) + 1):
        now = step / 100
        while events and events[0] <= now:
            folding.note(["network"], events.pop(0))
        told += [now for _ in folding.due(now)]
    assert folding.next_at() == float("inf")
    return told


def test_one_event_runs_once() -> None:
    """After the moment that its companions take."""
    assert runs([1.0], 5.0) == [1.0 + FOLD_SECONDS]


def test_what_comes_together_is_one_run() -> None:
    """A link that goes down tells so several times."""
    assert len(runs([1.0, 1.01, 1.02, 1.05], 5.0)) == 1


@pytest.mark.parametrize("count", [100, 1000])
def test_a_storm_is_bounded_and_its_end_is_told(count: int) -> None:
    """However many events in 20 s: three runs in ten seconds, and one after the last event."""
    told = runs([20.0 * each / count for each in range(count)], 60.0)
    assert len(told) <= BURST * (1 + 20 / BURST_SECONDS) + 1
    assert told[-1] >= 20.0 * (count - 1) / count


def test_a_storm_of_one_probe_does_not_hold_up_another() -> None:
    """Each has its own count."""
    folding = Folding()
    for each in range(10):
        folding.note(["network"], float(each))
        folding.due(each + 0.5)
    folding.note(["power"], 10.0)
    assert folding.due(10.0 + FOLD_SECONDS) == ["power"]
