"""Sentences in English and Simplified Chinese, from one template and the facts of a reading."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Final

from vocabulary.condition import Condition
from vocabulary.moments import as_said
from vocabulary.reading import Fact, Reading
from vocabulary.report import Words

LANGUAGES: Final = ("en", "zh")
_LOCALES: Final = {"zh": "zh_CN"}
_TEMPLATES: Final = ("title", "text", "remedy", "avoid", "prepare")
_REASONS: Final = frozenset(
    {"why", "seen", "because"}
)  # facts that say why; of others none is taken for a phrase
_FOLDER: Final = Path(__file__).with_name("locale")


@cache
def _catalogue(language: str) -> dict[str, str]:
    """All messages of a language; every part of the product brings a .mo file of its own."""
    if language not in _LOCALES:
        return {}
    messages: dict[str, str] = {}
    for path in sorted(_folder(language).glob("*.mo")):
        messages.update(_messages(path))
    return messages


@cache
def _phrases(language: str) -> dict[str, str]:
    """The reasons with blanks in them, "no file {what}": reason and translation."""
    if language not in _LOCALES:
        return {}
    return {key: said for key, said in _messages(_folder(language) / "reasons.mo").items() if "{" in key}


def _folder(language: str) -> Path:
    return _FOLDER / _LOCALES[language] / "LC_MESSAGES"


def _messages(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined, no-any-return]  # noqa: SLF001


def translate(message: str, language: str) -> str:
    """The message itself where there is no translation: a test keeps that from happening."""
    return _catalogue(language).get(message, message) if message else ""


def reason(because: str, language: str) -> str:
    """A reading's `because` in words: whole, with its blanks filled, or behind what it is about.

    A command, a code, and what others said stay as they are.
    """
    said = translate(because, language)
    if said != because:
        return said
    for phrase, spoken in _phrases(language).items():
        values = _blanks(phrase, because)
        if values:
            return spoken.format_map({key: translate(value, language) for key, value in values.items()})
    about, between, rest = because.partition(": ")
    return about + between + reason(rest, language) if rest else because


def _blanks(phrase: str, text: str) -> dict[str, str]:
    """What stands in the blanks of a phrase; nothing where the text is not of its form."""
    values: dict[str, str] = {}
    name, rest = "", text + "\n"  # which marks the end of both
    for literal, blank, _, _ in Formatter().parse(phrase + "\n"):
        if literal:
            before, found, rest = rest.partition(literal)
            if not found or bool(before) != bool(name):
                return {}
            if name:
                values[name] = before
        name = blank or ""
    return values


def fill(template: str, language: str, facts: dict[str, Fact]) -> str:
    """Raise KeyError where the template names a fact that is not there."""
    words = {
        key: as_said(_each_translated(key, value, language)) if isinstance(value, str) else _number(value)
        for key, value in facts.items()
    }
    return translate(template, language).format_map(words)


def _each_translated(name: str, fact: str, language: str) -> str:
    """Facts of several subjects come joined."""
    spoken = reason if name in _REASONS else translate
    return " / ".join(spoken(each, language) for each in fact.split(" / "))


@cache
def facts_named(condition: Condition) -> frozenset[str]:
    """By its sentences; "subject" among them where it is."""
    templates = (getattr(condition, name) for name in _TEMPLATES)
    return frozenset(name for template in templates for _, name, _, _ in Formatter().parse(template) if name)


def words(condition: Condition, readings: tuple[Reading, ...], language: str) -> Words:
    """One set of sentences for all subjects a condition fails on; facts that differ are joined by " / "."""
    facts = _joined(readings)
    return Words(
        title=title(condition, readings, language),
        text=fill(condition.text, language, facts),
        remedy=fill(condition.remedy, language, facts),
        avoid=fill(condition.avoid, language, facts),
        prepare=fill(condition.prepare, language, facts),
    )


def title(condition: Condition, readings: tuple[Reading, ...], language: str) -> str:
    return fill(condition.title, language, _joined(readings))


def _joined(readings: tuple[Reading, ...]) -> dict[str, Fact]:
    found: dict[str, list[Fact]] = {}
    for reading in readings:
        for key, value in {**reading.facts, "subject": reading.subject}.items():
            values = found.setdefault(key, [])
            if value not in values:
                values.append(value)
    return {
        key: values[0] if len(values) == 1 else " / ".join(map(str, values)) for key, values in found.items()
    }


def _number(value: Fact) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
