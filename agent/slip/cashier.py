"""What a cashier reads: lost and why, what still works, one step, what not to do, whom to call."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from msgspec import Struct

from agent.slip.layout import GLUE, Line, Style, fold, shorten, whole_sentences, width
from agent.slip.reminders import reminders
from agent.slip.words import (
    CASH,
    LOST_NAMES,
    OWNER_NAMES,
    SHORT_LOST_NAMES,
    WORKS_NAMES,
    Say,
    Speech,
    capitalised,
)
from probes.receipt_printer.conditions import PAPER_LASTS_DAYS
from vocabulary.condition import PAYMENTS, Owner
from vocabulary.contact import Contact, Contacts
from vocabulary.moments import said_on
from vocabulary.reading import Reason, Status
from vocabulary.report import Cause, Report

LINES: Final = 10

# What gives way first when ten lines do not hold everything, and down to how many lines. What is not named
# here is never shortened: code and headline. "remedy" is a step the staff take themselves and always stays;
# "request" is the remedy where somebody is called: whole sentences of it or nothing, for there the call is
# the step, and what is said there the reason to call. "call" may lose the name, never the number. What not
# to do gives way late: it is about money or evidence.
GIVES_WAY: Final = (
    ("watched", 0),
    ("counts", 0),
    ("reminder 3", 0),
    ("paper", 0),
    ("reminder 2", 0),
    ("why", 0),
    ("still", 0),
    ("rest", 0),
    ("unseen", 0),
    ("also", 1),
    ("request", 2),
    ("also", 0),
    ("request", 0),
    ("quote", 0),
    ("prepare", 4),
    ("remedy", 4),
    ("avoid", 3),
    ("prepare", 3),
    ("remedy", 3),
    ("header", 1),
    ("prepare", 1),
    ("remedy", 2),
    ("avoid", 2),
    ("call", 1),
    ("prepare", 0),
    ("works", 1),
    ("remedy", 1),
    ("avoid", 1),
)
CALLS_TO_SAY: Final = (Say.CALL_HOURS_SAY, Say.CALL_SAY, Say.CALL_COLON)
CALLS: Final = (Say.CALL_HOURS, Say.CALL)
REMINDERS: Final = 3
"""Those of head office's page are all of them; on paper a fourth would be read by nobody."""

JUST_NOW_SECONDS: Final = 60.0
"""A slip shows minutes: a cause younger than one has no "since" worth a line."""


class Cut(StrEnum):
    """How a part may become shorter: words at its end, whole sentences only, or by another wording only."""

    WORDS = "words"
    SENTENCES = "sentences"
    NEVER = "never"


class Part(Struct, frozen=True):
    """One thought of the slip. `wordings` say the same, the longest first."""

    name: str
    wordings: tuple[str, ...]
    style: Style = Style.PLAIN
    cut: Cut = Cut.WORDS

    def lines(self, columns: int) -> list[str]:
        return fold(self.wordings[0], columns)

    def within(self, columns: int, lines: int) -> list[str]:
        """At most so many lines, except where it may never be cut."""
        if lines < 1:
            return []
        folded = [fold(wording, columns) for wording in self.wordings]
        fitting = next((each for each in folded if len(each) <= lines), None)
        if fitting is not None:
            return fitting
        if self.cut is Cut.NEVER:
            return min(folded, key=len)
        return (whole_sentences if self.cut is Cut.SENTENCES else shorten)(self.wordings[-1], columns, lines)


def fit(parts: list[Part], columns: int, limit: int) -> list[Line]:
    """Take lines from the least important part first, by the table above, until `limit` holds.

    A part may give up more than was asked, a whole sentence of three lines: what is spare then goes back, to
    the most important part first.
    """
    by_name = {part.name: part for part in parts}
    shown = {part.name: part.lines(columns) for part in parts}
    for name, floor in GIVES_WAY:
        spare = limit - sum(map(len, shown.values()))
        if spare < 0 and len(shown.get(name, ())) > floor:
            room = max(floor, len(shown[name]) + spare)
            shown[name] = min(by_name[name].within(columns, room), shown[name], key=len)
    for name in dict.fromkeys(name for name, _ in reversed(GIVES_WAY) if name in shown):
        room = len(shown[name]) + limit - sum(map(len, shown.values()))
        shown[name] = max(shown[name], by_name[name].within(columns, room), key=len)
    return [Line(line, by_name[name].style) for name, lines in shown.items() for line in lines]


def cashier_parts(
    report: Report, contacts: Contacts, speech: Speech, columns: int, *, with_qr: bool
) -> list[Part]:
    """In printing order; every name at most once."""
    causes = report.diagnosis.faults
    parts = [*header(report, speech, with_qr=with_qr)]
    if not causes:
        return [part for part in (*parts, *_healthy(report, speech)) if part.wordings[0]]
    parts.extend(_headline(report, causes[0], speech, columns))
    parts.extend(what_works(report, speech))
    if len(causes) > 1:
        titles = "; ".join(speech.words(cause).title for cause in causes[1:])
        parts.append(Part("also", (speech.say(Say.ALSO, what=titles),)))
    parts.extend(what_to_do(causes[0], report.clock.wall, contacts, speech, columns))
    return [part for part in parts if part.wordings[0]]


def header(report: Report, speech: Speech, *, with_qr: bool) -> Iterator[Part]:
    identity, time = report.identity, speech.day_and_time(report.clock.wall).replace(" ", GLUE)
    wordings = [f"{identity.terminal} {time}"]
    if identity.store and identity.till:
        wordings.insert(0, speech.say(Say.HEADER, store=identity.store, till=identity.till, time=time))
    yield Part("header", tuple(wordings))
    if report.code:  # a check without a daemon is no record at head office: there is nothing to read out
        template = Say.CODE_AND_QR if with_qr else Say.CODE
        yield Part("code", (speech.say(template, code=report.code),), cut=Cut.NEVER)


def _healthy(report: Report, speech: Speech) -> Iterator[Part]:
    diagnosis = report.diagnosis
    watched = sum(each.reason is Reason.SETTLING for each in diagnosis.untested)
    untested = len(diagnosis.untested) - watched
    planned = reminders(report, speech)
    well = (Say.WELL if planned else Say.ALL_WELL) if diagnosis.healthy else Say.NOTHING_TESTED
    yield Part("headline", (speech.say(well),), Style.STRONG)
    yield from what_works(report, speech)
    for number, text in enumerate(planned[:REMINDERS], 1):
        yield Part(f"reminder {number}", (speech.say(Say.REMINDER, what=text),), cut=Cut.SENTENCES)
    counts = speech.say(
        Say.COUNTS if untested or watched else Say.COUNTS_ALL,
        total=diagnosis.healthy + untested + watched,
        ok=diagnosis.healthy,
        untested=untested,
    )
    yield Part("counts", (counts,))
    if watched:
        yield Part("watched", (speech.say(Say.WATCHED, count=watched),))
    yield Part("paper", (paper_left(report, speech),))


def paper_left(report: Report, speech: Speech) -> str:
    """Empty where the printer's probe claims nothing."""
    readings = (known.reading for known in report.readings)
    facts = (reading.facts for reading in readings if reading.status is not Status.UNKNOWN)
    days = next((each[PAPER_LASTS_DAYS] for each in facts if PAPER_LASTS_DAYS in each), None)
    if days is None:
        return ""
    template = {0: Say.PAPER_SHORT, 1: Say.PAPER_ONE_DAY}.get(int(days), Say.PAPER_DAYS)
    return speech.say(template, days=days)


def _headline(report: Report, cause: Cause, speech: Speech, columns: int) -> Iterator[Part]:
    """What is lost and why: on one line where it fits, with its time where that costs no line."""
    words = speech.words(cause)
    titles = [words.title]
    if report.clock.wall - cause.since >= JUST_NOW_SECONDS:
        since = speech.since(cause.since, report.clock.wall)
        titles.insert(0, speech.say(Say.SINCE, what=words.title, time=since))
    if no_more := _no_more(report, speech, columns):
        if joined := _first_within(columns, [f"{no_more}: {title}" for title in titles]):
            titles, no_more = [joined], ""
        yield Part("lost", (no_more,), Style.STRONG, Cut.NEVER)
    title = _first_within(columns, titles) or titles[-1]
    yield Part("headline", (title,), Style.STRONG, Cut.NEVER)
    yield Part("why", (words.text,), cut=Cut.SENTENCES)


def _no_more(report: Report, speech: Speech, columns: int) -> str:
    lost = [each for each in report.diagnosis.lost if each in LOST_NAMES]
    wordings = [
        capitalised(speech.say(Say.LOST, what=speech.listed(names[each] for each in lost)))
        for names in (LOST_NAMES, SHORT_LOST_NAMES)
    ]
    return (_first_within(columns, wordings) or wordings[-1]) if lost else ""


def _first_within(columns: int, wordings: list[str]) -> str:
    return next((wording for wording in wordings if width(wording) <= columns), "")


def what_works(report: Report, speech: Speech) -> Iterator[Part]:
    """Cash needs no proof; everything else is named only where it was just probed."""
    lost, works = report.diagnosis.lost, report.diagnosis.works
    payments = [WORKS_NAMES[each] for each in works if each in PAYMENTS]
    rest = [WORKS_NAMES[each] for each in works if each in WORKS_NAMES and each not in PAYMENTS]
    if PAYMENTS.intersection(lost):
        yield Part("works", (speech.say(Say.TAKE, what=speech.listed([CASH, *payments])),), cut=Cut.NEVER)
        payments = []
    name = "works" if payments else "rest"
    if payments or rest:
        listed = speech.listed([*payments, *rest])
        yield Part(name, (capitalised(speech.say(Say.WORKS, what=listed)),), cut=Cut.NEVER)
    if unseen := [WORKS_NAMES[each] for each in report.diagnosis.unseen if each in WORKS_NAMES]:
        listed = speech.listed(unseen)
        yield Part("unseen", (capitalised(speech.say(Say.UNSEEN, what=listed)),), cut=Cut.NEVER)


def what_to_do(cause: Cause, now: float, contacts: Contacts, speech: Speech, columns: int) -> Iterator[Part]:
    """One step, what not to do, and only then whom to call and what to say.

    A time of today goes without its date where that costs a line: the slip's first line has it.
    """
    words = speech.words(cause)
    by_staff = cause.owner is Owner.STAFF
    yield Part("remedy", (words.remedy,)) if by_staff else Part("request", (words.remedy,), cut=Cut.SENTENCES)
    yield Part("avoid", (words.avoid,))
    if by_staff:
        technician = contacts.get(Owner.TECHNICIAN, Contact())
        if technician.phone and not cause.planned:
            who = technician.name or speech.name(OWNER_NAMES[Owner.TECHNICIAN])
            still = speech.say(Say.STILL_THERE, who=who, phone=unbroken(technician.phone))
            yield Part("still", (still,), Style.STRONG, Cut.NEVER)
        return
    contact = contacts.get(cause.owner, Contact())
    calls = call_wordings(cause.owner, contact, speech, columns, to_say=bool(words.prepare))
    yield Part("call", calls, Style.STRONG, Cut.NEVER)
    yield Part("prepare", (words.prepare, said_on(words.prepare, now)))
    yield Part("quote", (speech.say(Say.QUOTE, quote=contact.quote) if contact.quote else "",))


def call_wordings(
    owner: Owner, contact: Contact, speech: Speech, columns: int, *, to_say: bool
) -> tuple[str, ...]:
    """The fullest that costs no line, then the number alone; it stands in both, unbroken."""
    who = contact.name or speech.name(OWNER_NAMES[owner])
    if not contact.phone:
        return (speech.say(Say.TELL_SAY if to_say else Say.TELL, who=who),)
    phone = unbroken(contact.phone)
    named = [
        speech.say(template, who=who, phone=phone, hours=unbroken(contact.hours))
        for template in (CALLS_TO_SAY if to_say else CALLS)[0 if contact.hours else 1 :]
    ]
    fewest = min(len(fold(wording, columns)) for wording in named)
    fullest = next(wording for wording in named if len(fold(wording, columns)) == fewest)
    return fullest, speech.say(Say.CALL_NUMBER, phone=phone)


def unbroken(text: str) -> str:
    return text.replace(" ", GLUE)
