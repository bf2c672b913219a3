"""Slips for stores that print no addresses: whatever a reading brings in from outside stays off the paper."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.diagnosis import diagnose
from agent.own_conditions import ALL_CONDITIONS
from agent.slip.codes_only import without_addresses
from agent.slip.composing import Order, compose
from agent.slip.layout import COLUMNS
from agent.slip.qr import decode
from probes.network.conditions import GATEWAY_SILENT
from tests.agent.slip.situations import ALL_WELL, BEFORE, CONTACTS, FIREWALL, KEY, PAPER_OUT, SITUATIONS
from tests.agent.till_readings import FACTS, OWN_FACTS, failing, subjects
from vocabulary.condition import Condition, Owner
from vocabulary.reading import Fact, Reading, Reason
from vocabulary.report import Known, Report
from vocabulary.texts import LANGUAGES, translate

PORT_DROPPED = ALL_CONDITIONS["firewall.port-dropped"]

EVERY = pytest.mark.parametrize("condition", ALL_CONDITIONS.values(), ids=lambda condition: condition.code)
every_language = pytest.mark.parametrize("language", LANGUAGES)
NAMES = (
    "address",
    "host",
    "source",
    "seen_by",
    "offender",
    "last_hop",
    "issuer",
    "names",
    "wanted_name",
    "flow",
)
LABEL = st.text("qxzjk0123456789", min_size=6, max_size=20).map(lambda text: f"q{text}")
OUTSIDE = st.one_of(
    st.ip_addresses(v=4).map(str).filter(lambda text: len(text) > 8),
    st.ip_addresses(v=6).map(str).filter(lambda text: len(text) > 12),
    st.binary(min_size=6, max_size=6).map(lambda raw: raw.hex(":")),
    st.binary(min_size=6, max_size=6).map(lambda raw: raw.hex("-").upper()),
    LABEL,
    st.lists(LABEL, min_size=2, max_size=4).map(".".join),
    st.tuples(LABEL, st.integers(10_000, 65_535)).map("{0[0]}:{0[1]}".format),
)


def round_of(*readings: Reading) -> Report:
    known = tuple(Known(reading=reading, since=ALL_WELL.clock.wall - 900) for reading in readings)
    return replace(ALL_WELL, diagnosis=diagnose(known, ALL_CONDITIONS), readings=known)


def slips(report: Report, before: Report | None = None) -> Iterator[str]:
    """Both readers', both languages, every width, tight: a folded address is found again."""
    for language, contacts in CONTACTS.items():
        assert language in ("en", "zh")
        for columns in COLUMNS:
            for technician in (False, True):
                order = Order(language=language, technician=technician, before=before)  # type: ignore[arg-type]
                slip = compose(report, contacts, order, columns, KEY, addresses=False)
                yield "".join(slip.text().split())
                yield "".join(map(str, decode(slip.qr).codes)) + decode(slip.qr).terminal


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_nothing_from_outside_is_on_the_paper(data: st.DataObject) -> None:
    """No address, host name or MAC of any fact, subject or way, of before or after, in either language."""
    condition = data.draw(st.sampled_from(sorted(ALL_CONDITIONS.values(), key=lambda each: each.code)))
    secrets = data.draw(st.lists(OUTSIDE, min_size=3, max_size=6, unique=True))
    facts: dict[str, Fact] = {
        name: data.draw(st.sampled_from(secrets))
        for name, fact in (FACTS | OWN_FACTS.get(condition.code, {})).items()
        if isinstance(fact, str) and (name in NAMES or data.draw(st.booleans()))
    }
    subject = f"{secrets[0]}:443"  # as a port's is
    found = replace(failing(condition, subject), facts=failing(condition, subject).facts | facts)
    found = replace(found, through=tuple(secrets[1:]))
    unknown = GATEWAY_SILENT.unknown(
        Reason.NOT_TESTED, f"{secrets[1]}:53", because=f"no answer from {secrets[2]}"
    )
    report = round_of(found, unknown, PORT_DROPPED.ok("x:1", through=("eth0",), flow=secrets[2]))
    printed = list(slips(report, report if data.draw(st.booleans()) else None))
    for secret in (*secrets, *map(str, facts.values())):
        tight = "".join(secret.split())
        assert not [slip for slip in printed if tight in slip], secret


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_evenings_of_a_store_without_addresses(situation: str) -> None:
    """No dotted number, no port of a line, no name; the phone numbers of the settings stay."""
    for slip in slips(SITUATIONS[situation], BEFORE):
        assert not re.search(r"\d+\.\d+\.\d+\.\d+|8583|wallet\.example|ups@", slip)


@every_language
def test_the_codes_are_what_is_read_out(language: str) -> None:
    """The report's, and the condition's, where the request stood; head office finds the rest by it."""
    order = Order(language="zh" if language == "zh" else "en")
    slip = compose(FIREWALL, CONTACTS[language], order, 32, KEY, addresses=False).text()
    assert "7K4P-2Q firewall.port-dropped" in " ".join(slip.split())
    assert CONTACTS[language][Owner.SITE_IT].phone in slip
    assert translate(PORT_DROPPED.title, language) in slip
    assert len(slip.splitlines()) <= 11


def test_without_a_daemon_the_conditions_code_stands_alone() -> None:
    """A check by hand is no record at head office."""
    report = without_addresses(replace(FIREWALL, code=""))
    assert report.diagnosis.causes[0].words["en"].prepare == "firewall.port-dropped"


@EVERY
@every_language
def test_what_staff_do_themselves_stays(condition: Condition, language: str) -> None:
    """Title, step and what not to do: they name no machine. And nothing is lost that was lost."""
    report = round_of(failing(condition, subjects(condition)[0]))
    (was,), (now) = report.diagnosis.causes, without_addresses(report).diagnosis.causes[0]
    assert (now.code, now.owner, now.stops, now.severity) == (was.code, was.owner, was.stops, was.severity)
    assert now.words[language].title == was.words[language].title
    assert now.words[language].avoid == was.words[language].avoid
    if condition.owner is Owner.STAFF:
        assert now.words[language].remedy == was.words[language].remedy


PLANNED = [condition for condition in ALL_CONDITIONS.values() if condition.planned]


@pytest.mark.parametrize("condition", PLANNED, ids=lambda condition: condition.code)
def test_a_reminder_is_on_the_slip_without_its_facts(condition: Condition) -> None:
    """Its sentence, or its title where the sentence names something; never a slip that cannot be made."""
    found = round_of(failing(condition, subjects(condition)[0]))
    order = Order(language="en")
    slip = compose(found, CONTACTS["en"], order, 48, KEY, addresses=False).text()

    assert "Reminder: " in slip


def test_what_follows_is_called_by_its_code_alone() -> None:
    """A title may hold a fact."""
    assert FIREWALL.diagnosis.causes[0].consequence_titles
    assert not without_addresses(FIREWALL).diagnosis.causes[0].consequence_titles


def test_the_report_itself_keeps_everything() -> None:
    """Screen and head office read that one."""
    before = replace(PAPER_OUT)
    without_addresses(PAPER_OUT)
    assert before == PAPER_OUT
    order = Order(language="en", technician=True)
    assert "10.8.3.2" in compose(FIREWALL, CONTACTS["en"], order, 48, KEY).text()


def test_how_long_the_paper_lasts_is_no_address() -> None:
    """A count stays on the paper."""
    assert any("Paper:~6days" in slip for slip in slips(ALL_WELL))
