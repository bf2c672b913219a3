"""Since when each reading holds, how old it is, and whether it may be shown yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason, Status
from vocabulary.report import Known

STALE_INTERVALS = 3

Identity = tuple[str, str]


class Moment(Struct, frozen=True):
    """One instant on both clocks: `monotonic` for intervals, `wall` (seconds since 1970 UTC) for people."""

    monotonic: float
    wall: float


class _Kept(Struct):
    probe: str
    reading: Reading
    since: Moment
    observed: float
    good_for_seconds: float


class Tracker:
    """The last reading of every identity."""

    def __init__(self, conditions: Mapping[str, Condition]) -> None:
        self._conditions = conditions
        self._kept: dict[Identity, _Kept] = {}

    def take(  # noqa: PLR0917  one run is all of these
        self,
        probe: str,
        own: Iterable[Condition],
        readings: Iterable[Reading],
        now: Moment,
        every_seconds: float,
        ended_early: Reason | None = None,
    ) -> None:
        """Take one probe's run; it may share conditions with others, but no subject of them.

        1. What was read replaces what was known; an unchanged status keeps its `since`.
        2. BUSY keeps the last value, which goes on ageing.
        3. What the run does not mention is gone, or UNKNOWN where the run was ended early.
        4. A condition without any reading is UNKNOWN.
        """
        codes = {condition.code for condition in own}
        before = {identity for identity, kept in self._kept.items() if kept.probe == probe}
        good_for = every_seconds * STALE_INTERVALS
        seen = set()
        for reading in readings:
            seen.add(reading.identity)
            self._keep(probe, reading, now, good_for)
        for identity in before - seen:
            if ended_early is None:
                del self._kept[identity]
            else:
                self._keep(probe, _unknown(identity, ended_early), now, good_for)
        for code in codes - {code for code, _ in self._kept}:
            self._keep(probe, _unknown((code, ""), ended_early or Reason.NOT_MENTIONED), now, good_for)

    def known(self, monotonic: float, *, debounce: bool = True) -> tuple[Known, ...]:
        """All readings by identity: too old is UNKNOWN (stale), failing too briefly UNKNOWN (settling)."""
        return tuple(self._as_known(kept, monotonic, debounce) for _, kept in sorted(self._kept.items()))

    def failing(self) -> set[Identity]:
        """Whatever was last read as failing, shown yet or not."""
        return {identity for identity, kept in self._kept.items() if kept.reading.status is Status.FAILING}

    def forget(self, codes: Iterable[str]) -> None:
        """Drop the conditions of a probe that the settings no longer ask for."""
        gone = set(codes)
        self._kept = {identity: kept for identity, kept in self._kept.items() if identity[0] not in gone}

    def grow_older(self, seconds: float) -> None:
        """The machine slept: what was read before is older than the monotonic clock knows."""
        for kept in self._kept.values():
            kept.observed -= seconds

    def next_visible(self, monotonic: float) -> float | None:
        """When (monotonic seconds) the next settling reading is due to be shown; None where none settles."""
        due = (
            kept.since.monotonic + self._debounce(kept.reading)
            for kept in self._kept.values()
            if kept.reading.status is Status.FAILING
        )
        return min((at for at in due if at > monotonic), default=None)

    def _keep(self, probe: str, reading: Reading, now: Moment, good_for_seconds: float) -> None:
        last = self._kept.get(reading.identity)
        if last is None or last.reading.status is not reading.status:
            if last is not None and reading.reason is Reason.BUSY and self._usable(last, now.monotonic):
                return
            self._kept[reading.identity] = _Kept(probe, reading, now, now.monotonic, good_for_seconds)
            return
        last.probe, last.reading, last.observed, last.good_for_seconds = (
            probe,
            reading,
            now.monotonic,
            good_for_seconds,
        )

    @staticmethod
    def _usable(kept: _Kept, monotonic: float) -> bool:
        return monotonic - kept.observed <= kept.good_for_seconds

    def _as_known(self, kept: _Kept, monotonic: float, debounce: bool) -> Known:
        reading = kept.reading
        age = monotonic - kept.observed
        if not self._usable(kept, monotonic) and reading.status is not Status.UNKNOWN:
            reading = _unknown(reading.identity, Reason.STALE)
        elif debounce and reading.status is Status.FAILING:
            failing_for = monotonic - kept.since.monotonic
            if failing_for < self._debounce(reading):
                reading = replace(reading, status=Status.UNKNOWN, reason=Reason.SETTLING)
        return Known(reading=reading, since=kept.since.wall, age_seconds=round(age, 1))

    def _debounce(self, reading: Reading) -> float:
        condition = self._conditions.get(reading.code)
        return condition.visible_after_seconds if condition else 0.0


def _unknown(identity: Identity, reason: Reason) -> Reading:
    code, subject = identity
    return Reading(code=code, subject=subject, status=Status.UNKNOWN, reason=reason)
