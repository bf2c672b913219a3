"""A report for paper that may lie about: codes in the place of addresses, host names and ports.

What a machine is called cannot be told from its looks. So a sentence stays only where none of its facts came
from outside: words of our own are in the catalogue of texts, and what has a slash in it, a file or a line's
name, is no host.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec.structs import replace

from agent.own_conditions import ALL_CONDITIONS
from vocabulary.reading import Fact, Reading
from vocabulary.report import Cause, Diagnosis, Ladder, Report, Untested, Words
from vocabulary.texts import translate

# IPv4; IPv6 and MAC alike, by two colons; other MACs; a name with a dot, or "name:port".
_ADDRESS: Final = re.compile(
    r"\d+\.\d+\.\d+\.\d+|[0-9a-f]*:[0-9a-f]*:|(?:[0-9a-f]{2}-){5}|(?:[0-9a-f]{4}\.){2}"
    r"|[a-z0-9-]+\.[a-z]|[a-z][a-z0-9-]*:\d|@|://",
    re.IGNORECASE,
)
_MOMENT: Final = re.compile(r"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d|\d{4}-\d\d-\d\d")
_NUMBERS: Final = re.compile(
    r"\d{1,24}(?: \d\d:\d\d)?(?:, \d{1,24}(?: \d\d:\d\d)?)*(?: \+\d+)?"
)  # receipts, batches
_PORTS: Final = ("port", "ports")
_BEGINS: Final = r"(?<![A-Za-z0-9_-])"
_ENDS: Final = r"(?![A-Za-z0-9_-])"


def without_addresses(report: Report) -> Report:
    """The same causes, losses and ladders; each cause is said by its code, and readings by theirs alone."""
    hidden = _Hidden(tuple(known.reading for known in report.readings))
    return replace(
        report,
        diagnosis=_diagnosis(report.diagnosis, report.code, hidden),
        readings=tuple(replace(known, reading=hidden.reading(known.reading)) for known in report.readings),
    )


class _Hidden:
    """What these readings brought in from outside."""

    def __init__(self, readings: tuple[Reading, ...]) -> None:
        facts = (item for reading in readings for item in reading.facts.items())
        values = {text for name, fact in facts if (text := _from_outside(name, fact))}
        longest_first = sorted(values, key=len, reverse=True)
        any_of_them = "|".join(map(re.escape, longest_first)) or "(?!)"
        self._pattern = re.compile(f"{_BEGINS}(?:{any_of_them}){_ENDS}")

    def kept(self, text: str) -> str:
        """The whole of it, or nothing."""
        return "" if self._pattern.search(text) or _ADDRESS.search(text) else text

    def reading(self, reading: Reading) -> Reading:
        """Its words stay on the screen and at head office; a count is no address."""
        counts = {name: fact for name, fact in reading.facts.items() if _is_count(name, fact)}
        return replace(reading, subject=self.kept(reading.subject), facts=counts, through=())


def _is_count(name: str, fact: Fact) -> bool:
    return name != "port" and not isinstance(fact, str)


def _from_outside(name: str, fact: Fact) -> str:
    """A port is a number, and not for paper either."""
    if not isinstance(fact, str):
        return str(fact) if name == "port" else ""
    if _MOMENT.fullmatch(fact) or (name not in _PORTS and _NUMBERS.fullmatch(fact)):
        return ""
    is_path = "/" in fact and " " not in fact and not _ADDRESS.search(fact)  # "/dev/ttyS0", "card/primary"
    return "" if is_path or _is_ours(fact) else fact.strip()


def _is_ours(phrase: str) -> bool:
    return translate(phrase, "zh") != phrase


def _diagnosis(diagnosis: Diagnosis, code: str, hidden: _Hidden) -> Diagnosis:
    return replace(
        diagnosis,
        causes=tuple(_cause(cause, code, hidden) for cause in diagnosis.causes),
        untested=tuple(_untested(entry, hidden) for entry in diagnosis.untested),
        ladders=tuple(_ladder(at, one, hidden) for at, one in enumerate(diagnosis.ladders, 1)),
    )


def _cause(cause: Cause, code: str, hidden: _Hidden) -> Cause:
    return replace(
        cause,
        subjects=tuple(hidden.kept(each) for each in cause.subjects),
        consequences=tuple((each, hidden.kept(subject)) for each, subject in cause.consequences),
        consequence_titles={},  # a slip names them by code
        words={
            language: _words(words, f"{code} {cause.code}", hidden) for language, words in cause.words.items()
        },
    )


def _words(words: Words, codes: str, hidden: _Hidden) -> Words:
    return replace(
        words,
        text=hidden.kept(words.text),
        remedy=hidden.kept(words.remedy),
        avoid=hidden.kept(words.avoid),
        prepare=codes.strip() if words.prepare else "",
    )


def _untested(entry: Untested, hidden: _Hidden) -> Untested:
    """`because` is a condition's code, or a phrase: of our own, or with something from outside in it."""
    because = entry.because if entry.because in ALL_CONDITIONS or _is_ours(entry.because) else ""
    return replace(entry, subject=hidden.kept(entry.subject), because=because)


def _ladder(number: int, ladder: Ladder, hidden: _Hidden) -> Ladder:
    return replace(ladder, line=hidden.kept(ladder.line) or f"{number}")
