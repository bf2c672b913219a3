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
        self._answered: dict[tuple[str, tuple[str, ...], bool], frozenset[Identity]] = {}
        for reading in readings:
            self._by_code.setdefault(reading.code, []).append(reading)

    def causes(self, reading: Reading) -> frozenset[Identity]:
        """The identities of the failing readings this one follows from; empty for a cause itself."""
        return self._through(self._conditions[reading.code], reading.through, failing=True)

    def _through(
        self, condition: Condition, through: tuple[str, ...], *, failing: bool
    ) -> frozenset[Identity]:
        """What was planned explains what is `failing` and depends on it, and is asked for nothing else."""
        asked = (condition.code, through, failing)
        if asked not in self._answered:
            below = [each for each in condition.depends_on if failing or not each.planned]
            found = [self._by(dependency, through) for dependency in below]
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
            return self._through(dependency, through, failing=False)
        found: set[Identity] = set()
        for candidate in candidates:
            if candidate.status is Status.OK:
                return frozenset()
            failing = candidate.status is Status.FAILING
            below = self._through(dependency, candidate.through or through, failing=failing)
            if failing:
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
