"""A fault as if it were there: its cause, what it would take away, and the report that a slip is made of."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from agent.diagnosis import diagnose
from agent.drill.placeholders import placeholder
from agent.explanation import Explanation
from vocabulary.condition import Condition, Rung
from vocabulary.moments import as_fact
from vocabulary.reading import Fact, Reading, Status
from vocabulary.report import Cause, Diagnosis, Drill, Known, Report
from vocabulary.texts import facts_named

Conditions = Mapping[str, Condition]


def rehearsed(
    condition: Condition, subject: str, known: tuple[Known, ...], conditions: Conditions, wall: float
) -> Cause:
    """As this till would tell it, with the facts it last read where there are any.

    1. What really fails counts as well: a rehearsal is of one fault.
    2. The condition fails, and so does what travels over it, for as far as the last readings tell.
    3. The one cause of that round is it. What it would explain is a guess, and left out.

    A cut of the mains takes nothing else along: while the till runs, its UPS carries.
    """
    spared = tuple(_well(entry.reading) for entry in known if entry.reading.code in conditions)
    failing = _failing(condition, subject, spared, wall)
    others = tuple(reading for reading in spared if reading.identity != failing.identity)
    together = (
        (failing, *others) if condition.rung is Rung.POWER else _followed((failing, *others), conditions)
    )
    round_ = tuple(Known(reading=reading, since=wall) for reading in together)
    (cause,) = diagnose(round_, conditions).causes
    named = tuple("" if each == placeholder("subject") else each for each in cause.subjects)
    return replace(cause, subjects=named, consequences=(), consequence_titles={})


def as_if(report: Report, drill: Drill) -> Report:
    """As a slip shows it in the drill: under no code, for head office has no such fault."""
    real, cause = report.diagnosis, drill.cause
    lost = cause.stops
    diagnosis = Diagnosis(
        causes=(cause,),
        lost=lost,
        works=tuple(each for each in real.works if each not in lost),
        unseen=tuple(each for each in real.unseen if each not in lost),
        checks=real.checks,
        healthy=real.healthy,
    )
    return replace(report, diagnosis=diagnosis, code="")


def subjects(condition: Condition, known: tuple[Known, ...]) -> tuple[str, ...]:
    """What this till could rehearse it on, the last looked at first; of any condition where it has none."""
    named = [entry.reading for entry in known if entry.reading.subject]
    own = [reading.subject for reading in named if reading.code == condition.code]
    return tuple(dict.fromkeys(own or sorted(reading.subject for reading in named)))


def _well(reading: Reading) -> Reading:
    return replace(reading, status=Status.OK) if reading.status is Status.FAILING else reading


def _failing(condition: Condition, subject: str, known: tuple[Reading, ...], wall: float) -> Reading:
    own = [reading for reading in known if reading.code == condition.code]
    last = next((reading for reading in own if reading.subject == subject or not subject), None)
    invented = {name: placeholder(name) for name in facts_named(condition)}
    facts: dict[str, Fact] = {**invented, "since": as_fact(wall), **(last.facts if last else {})}
    return condition.failing(
        subject or (last.subject if last else "") or str(invented.get("subject", "")),
        through=last.through if last else (),
        **{name: facts[name] for name in sorted(facts_named(condition) - {"subject"})},
    )


def _followed(readings: tuple[Reading, ...], conditions: Conditions) -> tuple[Reading, ...]:
    """From below upwards until nothing more follows: at most as often as the ladder is high."""
    while True:
        explanation = Explanation(readings, conditions)
        after = tuple(
            replace(reading, status=Status.FAILING)
            if reading.status is Status.OK and explanation.causes(reading)
            else reading
            for reading in readings
        )
        if after == readings:
            return readings
        readings = after
