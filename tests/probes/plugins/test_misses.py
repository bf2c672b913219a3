"""Who waits for how long."""

from __future__ import annotations

from probes.memory import Memory
from probes.plugins.misses import Misses
from probes.plugins.options import MOST_CHECKS
from probes.program_keeper import SIDE_BY_SIDE


def test_nobody_waits_for_ever() -> None:
    """Where each round has time for seven, everybody had a turn after as many rounds as that takes."""
    memory, names, ran = Memory(), [f"n{number}" for number in range(MOST_CHECKS)], set()
    for _ in range(-(-MOST_CHECKS // SIDE_BY_SIDE)):
        misses = Misses(memory)
        waiting = sorted(names, key=misses.rank)
        ran.update(waiting[:SIDE_BY_SIDE])
        for name in waiting[SIDE_BY_SIDE:]:
            misses.put_off(name)
        misses.keep()

    assert ran == set(names)
