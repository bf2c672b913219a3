"""One page per condition: what it means, how to look, how to fix; docs and `explain` print the same."""

from __future__ import annotations

from collections.abc import Iterator

from agent.slip.words import ALL_NAMES, OWNER_NAMES, RUNG_NAMES, SEVERITY_NAMES
from probes.catalogue import ALL_PROBES
from vocabulary.condition import Condition
from vocabulary.texts import translate


def page(condition: Condition, language: str) -> str:
    """Markdown; placeholders in braces stand for what was measured."""
    return "\n".join(_lines(condition, language))


def _lines(condition: Condition, language: str) -> Iterator[str]:
    def say(text: str) -> str:
        return translate(text, language)

    yield f"# {say(condition.title)}"
    yield ""
    yield f"`{condition.code}`"
    yield ""
    yield f"## {say('What it means')}"
    yield ""
    yield say(condition.text)
    yield ""
    stops = ", ".join(say(ALL_NAMES[each]) for each in condition.stops) or say("nothing by itself")
    yield f"- {say('Severity')}: {say(SEVERITY_NAMES[condition.severity])}"
    yield f"- {say('It stops')}: {stops}"
    if condition.rung is not None:
        yield f"- {say('Rung of the ladder')}: {say(RUNG_NAMES[condition.rung])}"
    if condition.depends_on:
        below = ", ".join(f"`{each.code}`" for each in condition.depends_on)
        yield f"- {say('It follows from, where these fail')}: {below}"
    if condition.visible_after_seconds:
        yield f"- {say('Shown after it has lasted (seconds)')}: {condition.visible_after_seconds:g}"
    yield ""
    yield f"## {say('How to look')}"
    yield ""
    yield f"    poshealth check {_probe_of(condition)}".rstrip()
    yield ""
    yield f"## {say('How to fix')}"
    yield ""
    yield say(condition.remedy)
    if condition.avoid:
        yield f"\n{say('Take care')}: {say(condition.avoid)}"
    yield f"\n{say('Who')}: {say(OWNER_NAMES[condition.owner])}"
    if condition.prepare:
        yield f"\n{say('To read out')}: {say(condition.prepare)}"


def _probe_of(condition: Condition) -> str:
    return next((probe.id for probe in ALL_PROBES if condition in probe.conditions), "")
