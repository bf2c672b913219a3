"""What the diagnosis says of a destination, and the line that is sent to whoever mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from agent.slip.words import OWNER_NAMES
from vocabulary.condition import Owner
from vocabulary.contact import Contact, Contacts
from vocabulary.moments import as_fact, as_said
from vocabulary.report import Cause, Report
from vocabulary.texts import translate

Fold = Callable[[str, str], list[str]]
NO_FAULT: Final = "No fault."
NOTHING_TESTED: Final = "Nothing could be tested."
SEND: Final = "To send to {who}:"
SEEN: Final = "{what} (seen {time})"
_INDENT: Final = "  "


def lines(report: Report, contacts: Contacts, language: str, fold: Fold, *, proven: bool) -> Iterator[str]:
    """`proven`: the port itself was tried. The line to send is never folded: it is copied."""
    causes = report.diagnosis.causes
    if not causes:
        yield translate(NO_FAULT if proven else NOTHING_TESTED, language)
    for number, cause in enumerate(causes):
        words = cause.words[language]
        label = translate("Also" if number else "Cause", language)
        yield from fold(f"{label}: {words.title} [{cause.code}]", "")
        yield from fold(words.text, _INDENT)
        yield from fold(f"{translate('Do', language)}: {words.remedy}", _INDENT)
        if words.avoid:
            yield from fold(f"{translate('Take care', language)}: {words.avoid}", _INDENT)
        if words.prepare:
            yield from fold(translate(SEND, language).format(who=_who(cause.owner, contacts, language)), "")
            yield ready_line(cause, report.clock.wall, language)


def ready_line(cause: Cause, wall: float, language: str) -> str:
    """It always names a time with its zone: of now, where the sentence has none of its own."""
    said = cause.words[language].prepare
    if "UTC" in said:
        return said
    return translate(SEEN, language).format(what=said, time=as_said(as_fact(wall)))


def _who(owner: Owner, contacts: Contacts, language: str) -> str:
    name = translate(OWNER_NAMES[owner], language)
    contact = contacts.get(owner, Contact())
    known = " ".join(part for part in (contact.name, contact.phone) if part and part.lower() != name)
    return f"{name} ({known})" if known else name
