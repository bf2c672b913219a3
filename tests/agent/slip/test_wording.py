"""Every condition's own words on the narrowest slip: nothing that a cashier must do or say is cut."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS
from agent.slip.cashier import call_wordings
from agent.slip.reminders import reminders
from agent.slip.slips import cashier_slip
from agent.slip.words import Say, Speech
from probes.payment_lines.conditions import CARD_LINES_DOWN, DROPPED, LINE_DOWN, QR_LINES_DOWN
from probes.software.conditions import POS_NOT_RUNNING
from tests.agent.slip.situations import ALL_WELL, CONTACTS, SINCE
from tests.agent.till_readings import CARD_LINE, failing, subjects
from vocabulary import texts
from vocabulary.condition import Condition, Owner
from vocabulary.moments import said_on
from vocabulary.reading import ANYWHERE
from vocabulary.report import Known, Report

COLUMNS = 32
EVERY = pytest.mark.parametrize("condition", ALL_CONDITIONS.values(), ids=lambda condition: condition.code)
every_language = pytest.mark.parametrize("language", texts.LANGUAGES)


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def below(condition: Condition) -> set[str]:
    """Its code and those of all that it can follow from."""
    return {condition.code}.union(*(below(each) for each in condition.depends_on))


BELOW_CARDS = below(CARD_LINES_DOWN)


def alone(condition: Condition) -> Report:
    """A round in which it is the cause, and costs the card payments where it can."""
    readings = [POS_NOT_RUNNING.ok(), QR_LINES_DOWN.ok(), CARD_LINES_DOWN.ok()]
    if condition.code in BELOW_CARDS:
        readings.append(replace(failing(CARD_LINES_DOWN, ""), through=(ANYWHERE,)))
    if condition.code in BELOW_CARDS - {CARD_LINES_DOWN.code, LINE_DOWN.code}:
        readings.append(replace(failing(LINE_DOWN, CARD_LINE), through=(ANYWHERE,)))
    if condition.planned and condition.code in BELOW_CARDS:
        readings.append(failing(DROPPED, CARD_LINE))  # it explains no more than what depends on it
    readings.append(failing(condition, subjects(condition)[0]))
    round_ = {reading.identity: reading for reading in readings}
    known = tuple(Known(reading=each, since=SINCE) for each in round_.values())
    report = replace(ALL_WELL, diagnosis=diagnose(known, ALL_CONDITIONS), readings=known)
    assert [cause.code for cause in report.diagnosis.causes] == [condition.code]
    return report


def tight(text: str) -> str:
    """Without spaces and line ends, so that a folded sentence is found again."""
    return "".join(text.split())


def missing(report: Report, language: str) -> list[str]:
    """What must stand on the slip as a whole, and does not; the day stands in its first line already."""
    (cause,) = report.diagnosis.causes
    words, speech = cause.words[language], Speech(language)
    must = [words.title, words.avoid]
    if cause.is_reminder:
        must = [speech.say(Say.REMINDER, what=text) for text in reminders(report, speech)]
    elif cause.owner is Owner.STAFF:
        must.append(words.remedy)
    else:
        contact = CONTACTS[language][cause.owner]
        must += [
            words.prepare,
            call_wordings(cause.owner, contact, speech, COLUMNS, to_say=bool(words.prepare))[0],
        ]
    printed = tight(cashier_slip(report, CONTACTS[language], language, COLUMNS, qr="PH1:A").text())
    today = report.clock.wall
    return [each for each in must if not any(tight(way) in printed for way in (each, said_on(each, today)))]


@every_language
@EVERY
def test_no_word_that_is_needed_is_cut(condition: Condition, language: str) -> None:
    """The step and what not to do where staff help themselves; else whom to call and what to say."""
    assert not missing(alone(condition), language)


@every_language
@EVERY
def test_what_to_say_does_not_say_that_it_is_to_be_said(condition: Condition, language: str) -> None:
    """The line with the number ends in "say:"."""
    assert not re.match("read out|say|照念|报", texts.translate(condition.prepare, language), re.IGNORECASE)
