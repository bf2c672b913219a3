"""One report in the forms that people and monitoring systems read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from agent import exposition
from agent.diagnosis import exit_code
from agent.latency import latency_of
from agent.own_conditions import ALL_CONDITIONS
from agent.slip.words import ALL_NAMES, OWNER_NAMES, REASON_NAMES, RUNG_NAMES
from console.drill_words import said_of_drill
from vocabulary import texts
from vocabulary.reading import Reading, Status
from vocabulary.report import Cause, Ladder, Report
from vocabulary.texts import reason, translate

_STATES: Final = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_MARKS: Final = {Status.OK: "ok", Status.FAILING: "FAILING", Status.UNKNOWN: "not tested"}


def as_text(report: Report, language: str) -> str:
    return "\n".join(_text(report, language))


def _text(report: Report, language: str) -> Iterator[str]:
    diagnosis = report.diagnosis
    if report.drill_on:
        yield said_of_drill(report.drill_on, language)
    if not diagnosis.faults:
        yield translate("No fault." if diagnosis.healthy else "Nothing could be tested.", language)
    for number, cause in enumerate(diagnosis.causes):
        label = "Reminder" if cause.is_reminder else "Also" if number else "Cause"
        yield from _cause(cause, translate(label, language), language)
        yield from _what_follows(cause, report, language)
    for title, capabilities in (
        ("Lost", diagnosis.lost),
        ("Works", diagnosis.works),
        ("Not seen from here", diagnosis.unseen),
    ):
        if capabilities:
            names = ", ".join(translate(ALL_NAMES[each], language) for each in capabilities)
            yield f"{translate(title, language)}: {names}"
    for ladder in diagnosis.ladders:
        yield _ladder(ladder, language) + _latency(report, ladder.line, language)
    counts = f"{diagnosis.checks} / {diagnosis.healthy} / {len(diagnosis.untested)}"
    yield f"{translate('Checks / healthy / not tested', language)}: {counts}"
    for entry in diagnosis.untested:
        said = translate(REASON_NAMES[entry.reason], language), reason(entry.because, language)
        why = ": ".join(part for part in said if part)
        yield f"  {entry.code} {entry.subject}: {why}"


def _cause(cause: Cause, label: str, language: str) -> Iterator[str]:
    words = cause.words[language]
    yield f"{label}: {words.title} [{cause.code}]"
    yield f"  {words.text}"
    yield f"  {translate('Do', language)}: {words.remedy}"
    if words.avoid:
        yield f"  {translate('Take care', language)}: {words.avoid}"
    who = translate(OWNER_NAMES[cause.owner], language)
    yield f"  {translate('Who', language)}: {who}" + (f" - {words.prepare}" if words.prepare else "")


def _what_follows(cause: Cause, report: Report, language: str) -> Iterator[str]:
    """By code; in words where a consequence knows more than the cause, such as which line carries instead."""
    if not cause.consequences:
        return
    follows = ", ".join(f"{code} {subject}".strip() for code, subject in cause.consequences)
    yield f"  {translate('Explains', language)}: {follows}"
    readings = {known.reading.identity: known.reading for known in report.readings}
    told = {name for subject in cause.subjects for name in _facts_of(readings.get((cause.code, subject)))}
    for identity in cause.consequences:
        condition, reading = ALL_CONDITIONS.get(identity[0]), readings.get(identity)
        if condition is not None and reading is not None and _facts_of(reading) - told:
            yield f"    {texts.words(condition, (reading,), language).text}"


def _facts_of(reading: Reading | None) -> set[str]:
    return set(reading.facts) if reading is not None else set()


def _ladder(ladder: Ladder, language: str) -> str:
    steps = (
        f"{translate(RUNG_NAMES[step.rung], language)} {translate(_MARKS[step.status], language)}"
        for step in ladder.steps
    )
    return f"{ladder.line}: " + " > ".join(steps)


def _latency(report: Report, line: str, language: str) -> str:
    found = latency_of(report, line)
    return f" ({found[0]} ms: {translate(found[1], language)})" if found else ""


def as_json(report: Report, language: str) -> str:  # noqa: ARG001  codes and JSON stay English
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()


def as_nagios(report: Report, language: str) -> str:
    """monitoring-plugins' contract: one line, then performance data."""
    state = _STATES[exit_code(report.diagnosis)]
    return f"POSHEALTH {state} - {_sentence(report, language)} | {' '.join(_metrics(report))}"


def as_checkmk(report: Report, language: str) -> str:
    """A local check's line: state, name, metrics joined by bars (Checkmk: writing local checks), text."""
    return (
        f"{exit_code(report.diagnosis)} POS_health {'|'.join(_metrics(report))} {_sentence(report, language)}"
    )


def as_prometheus(report: Report, language: str) -> str:  # noqa: ARG001  labels stay English
    return "\n".join(exposition.of_report(report))


def _sentence(report: Report, language: str) -> str:
    said = [said_of_drill(report.drill_on, language)] if report.drill_on else []
    if not report.diagnosis.faults:
        well = "No fault." if report.diagnosis.healthy else "Nothing could be tested."
        said.append(translate(well, language))
    for cause in report.diagnosis.causes[:1]:
        words = cause.words[language]
        said.append(f"{words.title}. {words.remedy}")
    return " ".join(said).replace("|", "/").replace("\n", " ")


def _metrics(report: Report) -> tuple[str, ...]:
    diagnosis = report.diagnosis
    return (
        f"checks={diagnosis.checks}",
        f"healthy={diagnosis.healthy}",
        f"causes={len(diagnosis.causes)}",
        f"drill={int(report.drill_on is not None)}",
    )


FORMATS: Final[dict[str, Callable[[Report, str], str]]] = {
    "text": as_text,
    "json": as_json,
    "nagios": as_nagios,
    "checkmk": as_checkmk,
    "prometheus": as_prometheus,
}
