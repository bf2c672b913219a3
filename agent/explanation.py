"""Which failing readings follow from others: the one rule, and it names no condition."""

from __future__ import annotations

from collections.abc import Mapping

from vocabulary.condition import Condition
from vocabulary.reading import ANYWHERE, Reading, Status

Identity = tuple[str, str]


class Explanation:
    """The causes behind each reading of one round."""

    def __init__(self, readings: tuple[Reading, ...], conditions: Mapping[str, Condition]) -> None:
        self._conditions = conditions
        self._by_code: dict[str, list[Reading]] = {}
        # Many conditions lead down to the same few: without these the ways there would be walked one by one.
        self._answered: dict[tuple[str, tuple[str, ...]], frozenset[Identity]] = {}
        for reading in readings:
            self._by_code.setdefault(reading.code, []).append(reading)

    def causes(self, reading: Reading) -> frozenset[Identity]:
        """The identities of the failing readings this one follows from; empty for a cause itself."""
        return self._through(self._conditions[reading.code], reading.through)

    def _through(self, condition: Condition, through: tuple[str, ...]) -> frozenset[Identity]:
        asked = (condition.code, through)
        if asked not in self._answered:
            found = [self._by(dependency, through) for dependency in condition.depends_on]
            self._answered[asked] = frozenset().union(*found)
        return self._answered[asked]

    def _by(self, dependency: Condition, through: tuple[str, ...]) -> frozenset[Identity]:
        """What explains by way of one dependency.

        1. Candidates are its subjects among those travelled over; all of them where the way is not known.
        2. One that works stops this explanation.
        3. A failing one explains, together with what it follows from itself.
        4. An unknown one passes the question on to its own dependencies; no candidate at all does the same.
        """
        candidates = self._candidates(dependency, through)
        if not candidates:
            return self._through(dependency, through)
        found: set[Identity] = set()
        for candidate in candidates:
            if candidate.status is Status.OK:
                return frozenset()
            below = self._through(dependency, candidate.through or through)
            if candidate.status is Status.FAILING:
                found |= below or {candidate.identity}
            elif not below:
                return frozenset()
            else:
                found |= below
        return frozenset(found)

    def _candidates(self, dependency: Condition, through: tuple[str, ...]) -> list[Reading]:
        readings = self._by_code.get(dependency.code, [])
        travelled = [reading for reading in readings if reading.subject in through]
        is_known = through and ANYWHERE not in through
        return travelled if travelled or is_known else readings
