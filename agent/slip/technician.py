"""What a technician takes along: all causes, ladders, evidence, what was not tested, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from agent.change.outcome import outcome
from agent.latency import latency_of
from agent.slip.cashier import call_wordings, cashier_parts, fit, paper_left
from agent.slip.layout import GLUE, Line, Style, fold
from agent.slip.words import (
    ALL_NAMES,
    OWNER_NAMES,
    REASON_NAMES,
    RUNG_NAMES,
    SEVERITY_NAMES,
    Say,
    Speech,
    capitalised,
)
from vocabulary import texts
from vocabulary.condition import Rung
from vocabulary.contact import Contact, Contacts
from vocabulary.reading import Reading, Reason, Status
from vocabulary.report import Cause, Drill, Ladder, Report, Untested

UNLIMITED: Final = 10_000
SUMMARY: Final = frozenset(
    {"header", "code", "lost", "headline", "works", "rest", "unseen", "counts", "watched"}
)
"""Of the cashier's slip; the rest follows in full under each cause."""

OLD_SECONDS: Final = 60.0
"""A reading younger than a round (a minute by default) is of this one."""

# Parts of fact names that tell one machine or program from another.
_NUMBERS: Final = ("version", "installed", "serial", "firmware", "model", "maker", "release")

Section = Iterator[str]


def technician_lines(
    report: Report,
    contacts: Contacts,
    speech: Speech,
    columns: int,
    before: Report | None,
    *,
    with_qr: bool,
) -> Iterator[Line]:
    parts = cashier_parts(report, contacts, speech, columns, with_qr=with_qr)
    yield from fit([part for part in parts if part.name in SUMMARY], columns, UNLIMITED)
    for title, lines in _sections(report, contacts, speech, before):
        folded = [piece for line in lines for piece in fold(line, columns)]
        if folded:
            yield Line("-" * columns)
            yield from (Line(piece, Style.STRONG) for piece in fold(title, columns))
            yield from map(Line, folded)


def _sections(
    report: Report, contacts: Contacts, speech: Speech, before: Report | None
) -> Iterator[tuple[str, Section]]:
    if report.drill_on:
        yield speech.say(Say.DRILL_TITLE), _drill(report.drill_on, speech)
    if before is not None:
        yield speech.say(Say.BEFORE_AND_AFTER), _before_and_after(before, report, speech)
    causes = report.diagnosis.faults
    for number, cause in enumerate(causes, 1):
        severity = speech.name(SEVERITY_NAMES[cause.severity])
        title = speech.say(Say.CAUSE, number=number, total=len(causes), severity=severity)
        yield title, _cause(cause, report, contacts, speech)
    for cause in report.diagnosis.reminders:
        title = speech.say(Say.REMINDER, what=speech.words(cause).title)
        yield title, _cause(cause, report, contacts, speech)
    for ladder in report.diagnosis.ladders:
        yield speech.say(Say.LADDER, line=ladder.line), _ladder(ladder, report, speech)
    yield speech.say(Say.EVIDENCE), _evidence(report, speech)
    yield speech.say(Say.UNTESTED), _untested(report, speech)
    yield speech.say(Say.VERSIONS), _versions(report, speech)
    yield speech.say(Say.THIS_TERMINAL), _terminal(report, speech)


def _drill(drill: Drill, speech: Speech) -> Section:
    yield speech.say(Say.REHEARSED, title=speech.words(drill.cause).title)
    yield drill.cause.code
    until = speech.since(drill.until, drill.began)
    yield speech.say(Say.DRILL_SPAN, who=drill.by, began=speech.day_and_time(drill.began), until=until)


def _cause(cause: Cause, report: Report, contacts: Contacts, speech: Speech) -> Section:
    words = speech.words(cause)
    yield words.title
    yield cause.code
    if subjects := [subject for subject in cause.subjects if subject]:
        yield speech.say(Say.ON, subjects=", ".join(subjects))
    yield speech.say(Say.SINCE_ALONE, time=speech.since(cause.since, report.clock.wall))
    yield words.text
    yield words.remedy
    yield words.avoid
    contact = contacts.get(cause.owner, Contact())
    if contact.phone:
        yield call_wordings(cause.owner, contact, speech, UNLIMITED, to_say=bool(words.prepare))[0]
    else:
        yield speech.say(Say.OWNER, who=contact.name or speech.name(OWNER_NAMES[cause.owner]))
    yield words.prepare
    if contact.quote:
        yield speech.say(Say.QUOTE, quote=contact.quote)
    if cause.consequences:
        yield speech.say(Say.EXPLAINS, what=", ".join(_named(*each) for each in cause.consequences))


def _named(code: str, subject: str) -> str:
    return f"{code}{GLUE}{subject}".strip(GLUE)


def _ladder(ladder: Ladder, report: Report, speech: Speech) -> Section:
    rungs: dict[Status, list[Rung]] = {status: [] for status in Status}
    for step in ladder.steps:
        rungs[step.status].append(step.rung)
    good, bad, unknown = rungs[Status.OK], rungs[Status.FAILING], rungs[Status.UNKNOWN]
    below = [rung for rung in good if not bad or rung < bad[0]] or good
    yield (
        speech.say(Say.LAST_GOOD, rung=speech.name(RUNG_NAMES[below[-1]]))
        if below
        else speech.say(Say.NO_RUNG_GOOD)
    )
    yield (
        speech.say(Say.FIRST_BAD, rung=speech.name(RUNG_NAMES[bad[0]]))
        if bad
        else speech.say(Say.NO_RUNG_BAD)
    )
    if unknown:
        yield speech.say(Say.RUNGS_UNTESTED, rungs=speech.listed(RUNG_NAMES[rung] for rung in unknown))
    if found := latency_of(report, ladder.line):
        yield speech.say(Say.LATENCY, milliseconds=found[0], rating=speech.name(found[1]))


def _evidence(report: Report, speech: Speech) -> Section:
    for known in report.readings:
        if known.reading.status is Status.FAILING:
            age = f"{known.age_seconds:.0f}"
            late = f" ({speech.say(Say.AGE, seconds=age)})" if known.age_seconds >= OLD_SECONDS else ""
            yield f"{_named(*known.reading.identity)}{late}"
            yield _facts(known.reading)


def _facts(reading: Reading) -> str:
    """A fact stays on one line where one line holds it."""
    facts = [f"{name}={value}".replace(" ", GLUE) for name, value in reading.facts.items()]
    if reading.through:
        facts.append(f"through={'+'.join(reading.through)}")
    return " ".join(facts)


def _untested(report: Report, speech: Speech) -> Section:
    """One line for all of one subject that could not be tested for the same reason."""

    def why(untested: Untested) -> tuple[str, str]:
        return untested.reason, untested.because

    for _, group in groupby(sorted(report.diagnosis.untested, key=why), key=why):
        same = list(group)
        yield _reason(same[0], speech)
        by_subject: dict[str, list[str]] = {}
        for each in same:
            by_subject.setdefault(each.subject, []).append(each.code)
        for subject, codes in by_subject.items():
            yield f"{subject}: {', '.join(codes)}" if subject else ", ".join(codes)


def _reason(untested: Untested, speech: Speech) -> str:
    reason = capitalised(speech.name(REASON_NAMES[untested.reason]))
    if not untested.because:
        return reason
    is_code = "." in untested.because and " " not in untested.because
    template = Say.IN_THE_WAY if is_code and untested.reason is Reason.NOT_TESTED else Say.BECAUSE
    return speech.say(template, reason=reason, because=texts.reason(untested.because, speech.language))


def _versions(report: Report, speech: Speech) -> Section:
    for known in report.readings:
        numbers = {
            name: value
            for name, value in known.reading.facts.items()
            if any(part in name for part in _NUMBERS)
        }
        if numbers:
            named = " ".join(f"{name}={value}".replace(" ", GLUE) for name, value in numbers.items())
            yield f"{known.reading.subject or known.reading.code}: {named}"
    yield paper_left(report, speech)


def _before_and_after(before: Report, after: Report, speech: Speech) -> Section:
    for template, report in ((Say.BEFORE, before), (Say.AFTER, after)):
        yield speech.say(template, time=speech.day_and_time(report.clock.wall), code=report.code)
    was, still = ({cause.code: cause for cause in report.diagnosis.causes} for report in (before, after))
    for template, causes in (
        (Say.GONE, [was[code] for code in was if code not in still]),
        (Say.STILL, [still[code] for code in still if code in was]),
        (Say.NEW, [still[code] for code in still if code not in was]),
    ):
        yield from (speech.say(template, title=speech.words(cause).title) for cause in causes)
    again = [ALL_NAMES[each] for each in after.diagnosis.works if each in before.diagnosis.lost]
    if again:
        yield speech.say(Say.WORKS_AGAIN, what=speech.listed(again))
    if not was and not still:
        yield speech.say(Say.NEVER_BROKEN)
    different = outcome(before, after)
    for each in different.renewed:
        where = _named(each.code, each.subject)
        yield speech.say(Say.RENEWED, where=where, name=each.name, was=each.before, now=each.after)
    if different.unseen:
        yield speech.say(Say.NOT_KNOWN_NOW, what=", ".join(different.unseen))


def _terminal(report: Report, speech: Speech) -> Section:
    identity, clock = report.identity, report.clock
    yield speech.say(Say.TERMINAL, terminal=identity.terminal)
    if identity.version:
        yield speech.say(Say.AGENT, version=identity.version)
    yield speech.say(Say.BOOT, boot=report.boot_id)
    yield speech.say(Say.RECORD, spool=report.spool_id, sequence=report.sequence)
    by_network = {True: Say.CLOCK_SET, False: Say.CLOCK_NOT_SET, None: Say.CLOCK_UNKNOWN}
    yield speech.say(by_network[clock.synchronised])
