"""How often in a row a check gave no result, and for which there was no time last round."""

from __future__ import annotations

from probes.memory import Memory

_COUNTS = "misses"
_LATE = "late"


class Misses:
    """Of the last round from `memory`, where `keep` writes those of this one."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._before = memory.get_as(_COUNTS, dict[str, int], {})
        late = memory.get_as(_LATE, list[str], [])
        self._places = {name: place for place, name in enumerate(late)}
        self._counts: dict[str, int] = {}
        self._late: list[str] = []

    def rank(self, name: str) -> int:
        """Where it stood among those for whom there was no time; all others behind them."""
        return self._places.get(name, len(self._places))

    def count(self, name: str) -> int:
        """One more run without a result: how many in a row there are now."""
        self._counts[name] = self._before.get(name, 0) + 1
        return self._counts[name]

    def put_off(self, name: str) -> int:
        """There was no time: nothing is known of it but what was."""
        self._late.append(name)
        if name in self._before:
            self._counts[name] = self._before[name]
        return self._counts.get(name, 0)

    def keep(self) -> None:
        self._memory.set(_COUNTS, self._counts)
        self._memory.set(_LATE, self._late)
