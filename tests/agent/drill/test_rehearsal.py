"""Every fault can be rehearsed, in both languages, on a till that never read a thing and on one that did."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from agent.drill.placeholders import NUMBER, UNNAMED, placeholder
from agent.drill.rehearsal import as_if, rehearsed, subjects
from agent.own_conditions import ALL_CONDITIONS
from agent.slip.cashier import LINES, call_wordings
from agent.slip.layout import width
from agent.slip.slips import drill_slip
from agent.slip.words import Speech
from probes.receipt_printer.conditions import PAPER_OUT
from tests.agent.slip.situations import ALL_WELL, CARD, CONTACTS, NOW, QR, SETTLEMENT
from tests.agent.slip.situations import PAPER_OUT as PAPER_IS_OUT
from tests.agent.till_readings import CARD_LINE, CARD_PORT, PRINTER
from vocabulary.condition import Condition, Owner
from vocabulary.moments import said_on
from vocabulary.report import Drill, Known, Report
from vocabulary.texts import LANGUAGES, translate

FAULTS = [condition for condition in ALL_CONDITIONS.values() if not condition.planned]
EVERY = pytest.mark.parametrize("condition", FAULTS, ids=lambda condition: condition.code)
every_language = pytest.mark.parametrize("language", LANGUAGES)
every_till = pytest.mark.parametrize("known", [ALL_WELL.readings, ()], ids=["healthy", "nothing read"])


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def drill_of(condition: Condition, known: tuple[Known, ...], subject: str = "") -> Drill:
    cause = rehearsed(condition, subject, known, ALL_CONDITIONS, NOW)
    return Drill(cause=cause, by="technician", began=NOW, until=NOW + 600)


def in_it(condition: Condition, known: tuple[Known, ...] = ALL_WELL.readings) -> Report:
    return as_if(ALL_WELL, drill_of(condition, known))


def tight(text: str) -> str:
    return "".join(text.split())


@EVERY
@every_language
@every_till
def test_every_fault_can_be_rehearsed(condition: Condition, language: str, known: tuple[Known, ...]) -> None:
    """Its slip fits the narrowest roll, and nothing that must be done or said is cut."""
    report = in_it(condition, known)
    slip = drill_slip(report, CONTACTS[language], language, 32, alone=True)
    (cause,) = report.diagnosis.causes
    assert (cause.consequences, cause.consequence_titles) == ((), {})
    words, printed = cause.words[language], tight(slip.text())
    must = [words.title, words.avoid]
    if cause.owner is Owner.STAFF:
        must.append(words.remedy)
    else:
        call = CONTACTS[language][cause.owner]
        must += [
            words.prepare,
            call_wordings(cause.owner, call, Speech(language), 32, to_say=bool(words.prepare))[0],
        ]

    assert not [
        each for each in must if tight(each) not in printed and tight(said_on(each, NOW)) not in printed
    ]
    assert len(slip.lines) <= LINES + 3
    assert max(width(line.text) for line in slip.lines) <= 32


@EVERY
def test_no_english_word_stands_for_a_fact_in_chinese(condition: Condition) -> None:
    """On a till that never read one: brackets hold Chinese, or nothing was left over."""
    words = drill_of(condition, ()).cause.words["zh"]
    bracketed = re.findall(r"\[([^\]]*)\]", f"{words.text}{words.remedy}{words.avoid}{words.prepare}")

    assert not [each for each in bracketed if re.search("[a-z]", each)]


def test_what_was_read_last_is_what_is_said() -> None:
    """The port of the printer that this till has; what it never read is in brackets."""
    known = tuple(
        replace(each, reading=replace(each.reading, facts={"port": "/dev/ttyS0"}))
        if each.reading.code == PAPER_OUT.code
        else each
        for each in ALL_WELL.readings
    )

    assert (
        drill_of(PAPER_OUT, known).cause.words["en"].text.startswith("The printer at /dev/ttyS0 has no paper")
    )
    assert "[port]" in drill_of(PAPER_OUT, ()).cause.words["en"].text


@pytest.mark.parametrize(
    ("code", "stops"),
    [
        ("firewall.port-dropped", (CARD, SETTLEMENT)),
        ("network.no-carrier", (CARD, QR, SETTLEMENT)),
        ("power.ups-on-battery", ()),
        ("software.restart-needed", ()),
    ],
)
def test_it_takes_away_what_the_fault_would(code: str, stops: tuple[object, ...]) -> None:
    """The card line's port costs the card payments; mains off costs nothing while the UPS carries."""
    assert drill_of(ALL_CONDITIONS[code], ALL_WELL.readings).cause.stops == stops


def test_a_real_fault_explains_no_rehearsed_one() -> None:
    """Paper out, from which its near end would follow: the cause is the rehearsed one."""
    cause = drill_of(ALL_CONDITIONS["receipt-printer.near-end"], PAPER_IS_OUT.readings).cause

    assert (cause.code, cause.subjects) == ("receipt-printer.near-end", (PRINTER,))


def test_what_it_can_be_rehearsed_on() -> None:
    """The condition's own subjects, and of all the till's where it has none."""
    known = ALL_WELL.readings

    assert subjects(ALL_CONDITIONS["payment-line.dropped"], known)[0] == CARD_LINE
    assert CARD_PORT in subjects(ALL_CONDITIONS["software.restart-needed"], known)


def test_the_report_of_a_drill_has_no_code() -> None:
    """A person reads none out that head office would not find."""
    assert ALL_WELL.code
    assert in_it(PAPER_OUT).code == ""


def test_a_fact_without_a_word_of_its_own_is_still_said() -> None:
    """A condition added tomorrow can be rehearsed tomorrow; the same in Chinese."""
    assert placeholder("moon_phase") == UNNAMED == translate(UNNAMED, "zh")
    assert placeholder("minutes_left") == NUMBER
