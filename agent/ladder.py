"""The ladder of one payment line: last good rung, first bad one, the rest not tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vocabulary.condition import Condition, Rung
from vocabulary.reading import Reading, Status
from vocabulary.report import Ladder, Step


def ladders(readings: tuple[Reading, ...], conditions: Mapping[str, Condition]) -> tuple[Ladder, ...]:
    """One for every subject that has a reading at the acquirer's port or above."""
    on_rung = {reading.identity: conditions[reading.code].rung for reading in readings}
    lines = sorted(
        {r.subject for r in readings if (on_rung[r.identity] or 0) >= Rung.ACQUIRER_PORT and r.subject}
    )
    by_rung: dict[Rung, list[Reading]] = {}
    for reading in readings:
        if (rung := on_rung[reading.identity]) is not None:
            by_rung.setdefault(rung, []).append(reading)
    return tuple(Ladder(line=line, steps=_steps(line, by_rung)) for line in lines)


def _steps(line: str, by_rung: Mapping[Rung, list[Reading]]) -> tuple[Step, ...]:
    own = (reading for readings in by_rung.values() for reading in readings if reading.subject == line)
    travelled = {line}.union(*(reading.through for reading in own))
    steps: list[Step] = []
    broken = False
    for rung in Rung:
        there = [
            reading for reading in by_rung.get(rung, ()) if reading.subject in travelled or rung is Rung.POWER
        ]
        status = rung_status(there)
        if broken and status is not Status.OK:
            status = Status.UNKNOWN
        broken = broken or status is Status.FAILING
        steps.append(Step(rung, status))
    return tuple(steps)


def rung_status(readings: Sequence[Reading]) -> Status:
    """Bad where a condition fails on every subject that was tried: a second resolver may carry it."""
    by_code: dict[str, set[Status]] = {}
    for reading in readings:
        by_code.setdefault(reading.code, set()).add(reading.status)
    if any(Status.FAILING in found and Status.OK not in found for found in by_code.values()):
        return Status.FAILING
    if any(Status.OK in found for found in by_code.values()):
        return Status.OK
    return Status.UNKNOWN
