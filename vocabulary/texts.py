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
_FOLDER: Final = Path(__file__).with_name("locale")


@cache
def _catalogue(language: str) -> dict[str, str]:
    """All messages of a language; every part of the product brings a .mo file of its own."""
    if language not in _LOCALES:
        return {}
    messages: dict[str, str] = {}
    for path in sorted((_FOLDER / _LOCALES[language] / "LC_MESSAGES").glob("*.mo")):
        with path.open("rb") as file:
            messages.update(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]  # noqa: SLF001
    return messages


def translate(message: str, language: str) -> str:
    """The message itself where there is no translation: a test keeps that from happening."""
    return _catalogue(language).get(message, message) if message else ""


def fill(template: str, language: str, facts: dict[str, Fact]) -> str:
    """Raise KeyError where the template names a fact that is not there."""
    words = {
        key: as_said(_each_translated(value, language)) if isinstance(value, str) else _number(value)
        for key, value in facts.items()
    }
    return translate(template, language).format_map(words)


def _each_translated(fact: str, language: str) -> str:
    """Facts of several subjects come joined."""
    return " / ".join(translate(each, language) for each in fact.split(" / "))


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
