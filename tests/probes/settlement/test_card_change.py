"""A store whose settlement card is changed: from a healthy till to the complaint, day by day on its books."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from agent.diagnosis import diagnose
from agent.health import Health
from agent.own_conditions import ALL_CONDITIONS
from agent.running.probe_run import ProbeRun
from agent.settings.settings import Settings, Terminal
from agent.slip.slips import cashier_slip
from agent.tracker import Moment
from probes.settlement.options import SettlementOptions
from probes.settlement.posting_conditions import NONE_SINCE_CHANGE
from probes.settlement.probe import PROBE
from simulators.pos_books import PosBooks
from tests.agent.slip.situations import CONTACTS as FULL_CONTACTS
from tests.agent.slip.situations import report
from tests.agent.till_readings import failing as reading_of
from vocabulary.condition import Owner
from vocabulary.contact import Contact
from vocabulary.reading import Reading, Reason, Status
from vocabulary.report import Report
from vocabulary.store_calendar import StoreCalendar

RunProbe = Callable[..., ProbeRun]
ZONE = ZoneInfo("Asia/Shanghai")
OPTIONS = SettlementOptions(
    preset="unionpay",
    database="sqlite:/var/lib/pos/pos.db",
    terminal_id="10480412",
    merchant_id="898100012341234",
    calendar=StoreCalendar(zone="Asia/Shanghai", hours="09:00-22:00", country="CN"),
)
CONTACTS = {Owner.ACQUIRER: Contact(name="", phone="555-0116")}


class Store:
    """Three sales a day, settled at 22:30; its till is looked at whenever a test says."""

    def __init__(self, folder: Path, run_probe: RunProbe) -> None:
        self.root = folder / "till"
        place = self.root / "var/lib/pos"
        place.mkdir(parents=True)
        self.books = PosBooks(place / "pos.db")
        self.memory: dict[str, object] = {}
        self.health = Health(Settings(terminal=Terminal(id="0412-2", store="0412", till="2")))
        self._run_probe = run_probe

    def day(self, text: str, *, posted: bool = True) -> None:
        opens = at(f"{text}T09:00")
        for hours in (2, 5, 9):
            self.books.sell(opens + hours * 3600)
        self.books.settle(opens + 13.5 * 3600, posted=posted)

    def bind(self, account: str, text: str) -> None:
        self.books.bind("10480412", "898100012341234", account, at(text))

    def look(self, text: str, options: SettlementOptions = OPTIONS) -> dict[str, Reading]:
        (self.root / "wall_seconds").write_text(f"{at(text)}")
        self.books.close()
        run = self._run_probe(PROBE, options, root=self.root, memory=self.memory)
        self.books.open_again()
        assert run.complete, run.error
        self.memory = run.memory or self.memory
        self.health.take(PROBE, run, PROBE.every_seconds, self._moment(text))
        return {reading.code: reading for reading in run.readings}

    def report(self, text: str) -> Report:
        return self.health.report(self._moment(text), "spool", 7, "7K4P-2Q")

    def _moment(self, text: str) -> Moment:
        return Moment(0.0, at(text))


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.fixture
def store(till_folder: Path, run_probe: RunProbe) -> Iterator[Store]:
    """Well until the evening of Monday 16 November 2026."""
    made = Store(till_folder, run_probe)
    made.books.open_batch(at("2026-11-15T22:30"))
    made.bind("6222-card-one", "2026-01-05T10:00")
    made.day("2026-11-16")
    made.look("2026-11-16T23:00")
    yield made
    made.books.close()


def failing(readings: dict[str, Reading]) -> set[str]:
    return {code for code, reading in readings.items() if reading.status is Status.FAILING}


def days(first: str, count: int) -> list[str]:
    start = datetime.fromisoformat(first).date()
    return [(start + timedelta(days=number)).isoformat() for number in range(count)]


def changed_on_the_17th(store: Store) -> None:
    store.bind("6222-card-two", "2026-11-17T10:00")
    store.look("2026-11-17T10:05")


def test_from_a_healthy_store_to_the_right_sentence(store: Store) -> None:
    """A notice while the card may take its working days; then one cause, with what to ask the acquirer."""
    assert failing(store.look("2026-11-17T09:30")) == set()
    changed_on_the_17th(store)
    for day in days("2026-11-17", 4):
        store.day(day, posted=False)
        assert failing(store.look(f"{day}T23:00")) == {"posting.awaited"}
    store.day("2026-11-21", posted=False)

    found = store.look("2026-11-21T23:00")

    assert failing(found) == {"posting.none-since-change"}
    facts = found["posting.none-since-change"].facts
    assert (facts["sales"], facts["posted"], facts["working_days"]) == (15, 0, 3)
    assert (facts["part"], facts["changed"], facts["merchant"]) == ("Settlement card", "2026-11-17", "..1234")


SLIPS = {
    "en": (
        "No posting since the change",
        "Check the bank statement first.",
        "No further change for now.",
        "Call acquirer 555-0116, say:",
        "MID ..1234",
        "15 sold",
        "0 posted",
        "Returns?",
    ),
    "zh": (
        "换卡或变更后没见入账",
        "到账以银行为准: 先查银行流水.",
        "问清前, 先不要再换卡.",
        "请打收单客服 555-0116, 照念:",
        "..1234",
        "15笔",
        "入账0笔",
        "有退汇吗",
    ),
}


@pytest.mark.parametrize("language", SLIPS)
def test_the_slip_says_statement_first_then_the_acquirer(store: Store, language: str) -> None:
    """In ten lines, in both languages, and never that money was received or not."""
    changed_on_the_17th(store)
    for day in days("2026-11-17", 5):
        store.day(day, posted=False)
        store.look(f"{day}T23:00")

    lines = cashier_slip(store.report("2026-11-21T23:00"), CONTACTS, language, 32, qr="PH1:A").lines
    text = " ".join(line.text for line in lines)

    positions = [text.find(part) for part in SLIPS[language]]
    assert -1 not in positions, text
    assert positions == sorted(positions)
    assert len(lines) <= 11


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_bank_statement_comes_before_the_call_on_a_full_slip(language: str) -> None:
    """With everything that works named, and the fullest contact: ten lines still hold that step."""
    full = report(reading_of(NONE_SINCE_CHANGE, "", sales=1286))

    lines = cashier_slip(full, FULL_CONTACTS[language], language, 32, qr="PH1:A").lines
    text = "".join(line.text for line in lines)

    assert text.find({"en": "Check the bank statement first.", "zh": "先查银行流水"}[language]) > 0
    assert "1286" in text
    assert "..1234" in text


def test_a_till_that_was_off_meanwhile_waits_no_longer(store: Store) -> None:
    """The first sale since the change counts, whenever it is seen."""
    changed_on_the_17th(store)
    for day in days("2026-11-17", 4):
        store.day(day, posted=False)

    assert failing(store.look("2026-11-23T09:00")) == {"posting.none-since-change"}


def test_without_a_sale_since_nothing_is_missing(store: Store) -> None:
    """A store that was closed for a week after the change has nothing that could be posted."""
    changed_on_the_17th(store)

    assert failing(store.look("2026-11-24T12:00")) == set()


def test_the_first_posting_ends_the_wait(store: Store) -> None:
    changed_on_the_17th(store)
    store.day("2026-11-17", posted=False)
    assert failing(store.look("2026-11-17T23:00")) == {"posting.awaited"}
    store.day("2026-11-18")

    assert "posting.awaited" not in failing(store.look("2026-11-18T23:00"))
    assert failing(store.look("2026-11-19T09:30")) == {"posting.backlog"}


def test_changing_again_and_again_does_not_start_the_wait_anew(store: Store) -> None:
    """Three cards in ten days and nothing posted: it stays loud, and is told as changed again and again."""
    for day, card in zip(days("2026-11-17", 9), "AABBBCCCC", strict=True):
        store.bind(f"6222-card-{card}", f"{day}T10:00")
        store.look(f"{day}T10:05")
        store.day(day, posted=False)

    found = store.look("2026-11-25T23:00")

    assert failing(found) == {"posting.none-since-change", "posting.changed-often"}
    assert found["posting.none-since-change"].facts["sales"] == 27
    assert found["posting.changed-often"].facts["changes"] == 3
    assert found["posting.changed-often"].facts["last_change"] == "2026-11-22"
    (cause,) = store.report("2026-11-25T23:00").diagnosis.causes
    assert cause.code == "posting.none-since-change"


def test_a_change_back_is_a_change(store: Store) -> None:
    changed_on_the_17th(store)
    store.bind("6222-card-one", "2026-11-17T11:00")

    assert store.look("2026-11-17T11:05")["posting.none-since-change"].facts["changes"] == 2


def test_what_is_not_settled_yet_explains_what_is_not_posted(store: Store) -> None:
    """One cause: settle first. The posting follows from it."""
    changed_on_the_17th(store)
    store.books.sell(at("2026-11-17T12:00"))
    found = store.look("2026-11-23T12:00")

    causes = diagnose(store.report("2026-11-23T12:00").readings, ALL_CONDITIONS).causes

    assert {"settlement.overdue", "posting.none-since-change"} <= failing(found)
    assert [cause.code for cause in causes] == ["settlement.overdue"]


def test_a_file_that_cannot_be_read_leaves_it_unknown(store: Store) -> None:
    """Unknown is not OK: a change in it would not be seen. With the file there it is well."""
    options = replace(OPTIONS, binding_files=("/etc/pos/merchant.ini",))
    assert store.look("2026-11-17T09:30", options)["posting.none-since-change"].status is Status.UNKNOWN

    (store.root / "etc/pos").mkdir(parents=True)
    (store.root / "etc/pos/merchant.ini").write_text("mid=1")

    assert store.look("2026-11-17T09:35", options)["posting.none-since-change"].status is Status.OK


def test_only_names_of_parts_leave_the_probe(store: Store) -> None:
    """Neither the card nor the merchant's number, in readings or in what is remembered."""
    changed_on_the_17th(store)

    said = repr(store.look("2026-11-17T12:00")) + repr(store.memory)

    assert "card-two" not in said
    assert "898100012341234" not in said


def test_a_country_whose_days_nobody_knows_is_named(store: Store) -> None:
    changed_on_the_17th(store)
    nowhere = StoreCalendar(zone="Asia/Shanghai", country="ZZ")

    reading = store.look("2026-11-18T10:00", replace(OPTIONS, calendar=nowhere))["posting.awaited"]
    assert (reading.reason, reading.because) == (
        Reason.NOT_TESTED,
        "no public calendar of ZZ is known here",
    )
