"""From readings to causes, what is lost, what works, what was not tested. No I/O, no condition by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.explanation import Explanation, Identity
from agent.ladder import ladders
from vocabulary import texts
from vocabulary.condition import PAYMENTS, SALES, Capability, Condition, Severity
from vocabulary.reading import UNSEEN, Reading, Reason, Status
from vocabulary.report import Cause, Diagnosis, Known, Untested

NOT_THERE = frozenset({Reason.NOT_SET_UP, Reason.NOT_SUPPORTED})


def diagnose(known: tuple[Known, ...], conditions: Mapping[str, Condition]) -> Diagnosis:
    """Decide after the whole round, never check by check.

    1. Every failing reading is a cause, or follows from one.
    2. Failing readings of one condition are one cause with several subjects.
    3. A cause takes on the worst severity and all the losses of what follows from it.
    4. The headline stops payments, else another part of a sale, is lowest on the ladder, is most severe. What
       was planned stands behind what was not, and a reminder behind all.
    """
    known = tuple(entry for entry in known if entry.reading.code in conditions)
    readings = tuple(entry.reading for entry in known)
    causes = _causes(known, readings, conditions)
    lost = _in_order(capability for cause in causes for capability in cause.stops)
    return Diagnosis(
        causes=causes,
        untested=tuple(_untested(readings)),
        lost=lost,
        works=tuple(c for c in Capability if c not in lost and _works(c, readings, conditions)),
        unseen=tuple(c for c in _unseen(readings, conditions) if c not in lost),
        ladders=ladders(readings, conditions),
        checks=sum(reading.reason is not Reason.NOT_SET_UP for reading in readings),
        healthy=sum(reading.status is Status.OK for reading in readings),
    )


def exit_code(diagnosis: Diagnosis) -> int:
    """0 OK, 1 WARNING, 2 CRITICAL (monitoring-plugins' contract); 3 where nothing could be tested."""
    if diagnosis.causes:
        return int(max(cause.severity for cause in diagnosis.causes))
    return 0 if diagnosis.healthy else 3


def _causes(
    known: tuple[Known, ...], readings: tuple[Reading, ...], conditions: Mapping[str, Condition]
) -> tuple[Cause, ...]:
    explanation = Explanation(readings, conditions)
    failing = {entry.reading.identity: entry for entry in known if entry.reading.status is Status.FAILING}
    follows: dict[Identity, list[Identity]] = {}
    roots: dict[str, list[Known]] = {}
    for identity, entry in failing.items():
        behind = explanation.causes(entry.reading) - {identity}
        if not behind:
            roots.setdefault(entry.reading.code, []).append(entry)
        for cause in behind:
            follows.setdefault(cause, []).append(identity)
    found = [
        _cause(conditions[code], entries, follows, failing, conditions) for code, entries in roots.items()
    ]
    return tuple(sorted(found, key=_headline_first))


def _cause(
    condition: Condition,
    entries: list[Known],
    follows: Mapping[Identity, list[Identity]],
    failing: Mapping[Identity, Known],
    conditions: Mapping[str, Condition],
) -> Cause:
    readings = tuple(entry.reading for entry in entries)
    consequences = sorted({c for reading in readings for c in follows.get(reading.identity, [])})
    involved = [condition, *(conditions[code] for code, _ in consequences)]
    return Cause(
        code=condition.code,
        subjects=tuple(reading.subject for reading in readings),
        owner=condition.owner,
        severity=max(each.severity for each in involved),
        stops=_in_order(capability for each in involved for capability in each.stops),
        rung=condition.rung,
        words={language: texts.words(condition, readings, language) for language in texts.LANGUAGES},
        since=min(entry.since for entry in entries),
        consequences=tuple(consequences),
        consequence_titles=_titles([failing[each].reading for each in consequences], conditions),
        planned=condition.planned,
    )


def _titles(readings: list[Reading], conditions: Mapping[str, Condition]) -> dict[str, dict[str, str]]:
    """By code and language."""
    by_code: dict[str, tuple[Reading, ...]] = {}
    for reading in readings:
        by_code[reading.code] = (*by_code.get(reading.code, ()), reading)
    return {
        code: {language: texts.title(conditions[code], found, language) for language in texts.LANGUAGES}
        for code, found in by_code.items()
    }


def _headline_first(cause: Cause) -> tuple[bool, bool, bool, bool, int, int, str]:
    return (
        not PAYMENTS.intersection(cause.stops),
        not SALES.intersection(cause.stops),
        cause.planned,
        cause.is_reminder,
        cause.rung or 99,
        -Severity(cause.severity),
        cause.code,
    )


def _untested(readings: tuple[Reading, ...]) -> Iterable[Untested]:
    for reading in readings:
        if reading.status is Status.UNKNOWN and reading.reason not in (None, Reason.NOT_SET_UP):
            yield Untested(
                code=reading.code,
                subject=reading.subject,
                reason=reading.reason,
                because=reading.because,
            )


def _works(
    capability: Capability, readings: tuple[Reading, ...], conditions: Mapping[str, Condition]
) -> bool:
    concerned = [
        reading
        for reading in readings
        if capability in conditions[reading.code].stops and reading.reason not in NOT_THERE
    ]
    shown = any(conditions[reading.code].shows_that_it_works for reading in concerned)
    return shown and all(reading.status is Status.OK for reading in concerned)


def _unseen(readings: tuple[Reading, ...], conditions: Mapping[str, Condition]) -> tuple[Capability, ...]:
    return _in_order(
        capability
        for reading in readings
        if reading.status is Status.UNKNOWN and reading.because == UNSEEN
        for capability in conditions[reading.code].stops
    )


def _in_order(capabilities: Iterable[Capability]) -> tuple[Capability, ...]:
    wanted = set(capabilities)
    return tuple(capability for capability in Capability if capability in wanted)
