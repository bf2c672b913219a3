"""Many events become few runs, and the last one is never lost. Pure: monotonic seconds in, names out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

FOLD_SECONDS = 0.1  # a link that goes down tells so in three to six messages within 20 ms
BURST = 3  # cover open, roll changed, cover shut
BURST_SECONDS = 10.0


class Folding:
    """One run for all events within FOLD_SECONDS; at most BURST runs of a probe within BURST_SECONDS.

    An event that comes too soon after those waits: it is told as soon as that is allowed.
    """

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._told: dict[str, deque[float]] = {}

    def note(self, names: Iterable[str], now: float) -> None:
        for name in names:
            told = self._told.setdefault(name, deque(maxlen=BURST))
            earliest = told[0] + BURST_SECONDS if len(told) == BURST else now
            self._due.setdefault(name, max(now + FOLD_SECONDS, earliest))

    def due(self, now: float) -> list[str]:
        names = [name for name, at in self._due.items() if at <= now]
        for name in names:
            del self._due[name]
            self._told[name].append(now)
        return names

    def next_at(self) -> float:
        """Infinity where nothing waits."""
        return min(self._due.values(), default=float("inf"))
