"""Which hop a block is blamed on; real routers are traced in tests/lab."""

from __future__ import annotations

import pytest

from protocols.path_trace import MAX_HOPS, Hop, answers, is_complete, last_hop, trace, trace_in_turn, way
from protocols.tcp_sweep import Outcome, Target

EXPIRED, SILENT, OPEN = Outcome.EXPIRED, Outcome.DROPPED, Outcome.OPEN


def path(*answers: str) -> tuple[Hop, ...]:
    """An address for a hop that answered, "-" for silence, "open" for the target."""
    named = {"-": SILENT, "open": OPEN}
    return tuple(
        Hop(at, named.get(each, EXPIRED), "" if each in named else each) for at, each in enumerate(answers, 1)
    )


@pytest.mark.parametrize(
    ("blocked", "reference", "last"),
    [
        (path("a", "b", "-", "-"), path("a", "b", "c", "open"), "b"),
        (path("-", "-", "-"), path("a", "b", "open"), ""),
        (
            path("a", "-", "c", "-"),
            path("a", "-", "c", "open"),
            "c",
        ),  # a hop that answers no one proves nothing
        (path("a", "-", "c", "-"), path("a", "b", "c", "open"), "a"),
        (path("a", "-", "-"), (), "a"),
        ((), (), ""),
    ],
)
def test_the_last_hop_is_found_by_comparison(
    blocked: tuple[Hop, ...], reference: tuple[Hop, ...], last: str
) -> None:
    """With the way of a port that is open."""
    assert last_hop(blocked, reference) == last


def test_a_trace_ends_at_the_target() -> None:
    """On loopback the first hop is the target, and refuses."""
    assert trace([Target("127.0.0.1", 1)]) == [(Hop(1, Outcome.REFUSED, ""),)]


def test_a_trace_in_turn_ends_there_too() -> None:
    """And asks nothing beyond."""
    assert trace_in_turn(Target("127.0.0.1", 1), 0.5) == (Hop(1, Outcome.REFUSED, ""),)


def test_every_hop_is_told_as_it_answers() -> None:
    """With the index of its target; the way then ends at the first that is none."""
    told = list(answers([Target("127.0.0.1", 1), Target("127.0.0.1", 2)]))
    assert sorted(index for index, _ in told) == [0] * MAX_HOPS + [1] * MAX_HOPS
    found = {hop.distance: hop for index, hop in told if index == 1}
    assert way(found) == (Hop(1, Outcome.REFUSED, ""),)


@pytest.mark.parametrize(
    ("answers_so_far", "complete"),
    [
        (path("a", "b", "open"), True),
        (path("a", "b"), False),
        (path("a", "b", "open")[1:], False),  # the first hop is still awaited
        (path("open", "open"), True),
        ((), False),
    ],
)
def test_a_way_is_complete_once_its_end_and_every_hop_before_are_known(
    answers_so_far: tuple[Hop, ...], complete: bool
) -> None:
    """Then nobody needs to wait for the silent."""
    assert is_complete({hop.distance: hop for hop in answers_so_far}) is complete
