"""Each preset tells the same store's day from its application's own tables, on each of its databases.

Two tills: the first settled on 19 November, opened at 8:55 on the 20th and sold three times; the second
opened at 10:00, sold once, and its settlement, begun at 22:10, did not go through.
"""

from __future__ import annotations

import contextlib
import getpass
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from agent.running.account import probe_account
from agent.running.probe_run import ProbeRun
from probes.memory import Memory
from probes.settlement import preset
from probes.settlement.conditions import FAILURES, STUCK
from probes.settlement.journal import Journal, NotToldError
from probes.settlement.options import SettlementOptions
from probes.settlement.outcome import read_outcome
from probes.settlement.probe import PROBE
from probes.settlement.questions import (
    ALL_QUESTIONS,
    Binding,
    Closing,
    LastReceipt,
    OpenBatch,
    Posted,
    Settled,
    Sold,
    Twice,
    Unposted,
    Unprinted,
)
from probes.settlement.receipt_conditions import LAST_FAILED
from probes.settlement.receipts import read_receipts
from probes.settlement.sources import open_sources
from probes.till import Till
from protocols.pos_database import mariadb, postgresql
from vocabulary.reading import Fact, Reading, Reason, Status
from vocabulary.store_calendar import StoreCalendar

RunProbe = Callable[..., ProbeRun]
DRIVERS = (mariadb, postgresql)  # loaded before the fork: the probe's account may not see this folder
FOLDER = Path(__file__).parent
SHANGHAI = ZoneInfo("Asia/Shanghai")
STORE = StoreCalendar(zone="Asia/Shanghai", hours="09:00-22:00")
EVERYWHERE = [
    ("odoo", "postgresql"),
    ("odoo-prints", "postgresql"),
    ("erpnext", "mariadb"),
    ("unicenta", "postgresql"),
    ("unicenta", "mariadb"),
    ("ospos", "mariadb"),
    ("unionpay", "postgresql"),
    ("unionpay", "mariadb"),
    ("unionpay", "sqlite"),
]
BATCHES = {"odoo": "POS/00123", "erpnext": "2026-00123", "unionpay": "000123"}
TELLS_POSTING = [each for each in EVERYWHERE if each[0] in {"odoo", "erpnext", "unionpay"}]


def at(moment: str) -> float:
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI).timestamp()


NOW = at("2026-11-21 08:30")


def script(kind: str, application: str, engine: str) -> str:
    """Of tables ("schemas") or of what is in them ("books")."""
    name = application.removesuffix("-prints")
    found = [FOLDER / kind / f"{name}.{engine}.sql", FOLDER / kind / f"{name}.sql"]
    return next(path for path in found if path.exists()).read_text()


def rights(application: str, engine: str, login: str) -> str:
    """The statements docs/journal.md tells for this application, for another login."""
    page = Path("docs/journal.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sql\n-- ([a-z, -]+)\n(.*?)```", page, re.DOTALL)
    [found] = [
        text for names, text in blocks if application in names.split(", ") and engine in names.split(", ")
    ]
    return str(found).replace("poshealth", login)


class Books:
    """An application's database on one engine, and how the settings name it."""

    def __init__(self, database: str, password_file: str) -> None:
        self.database = database
        self.password_file = password_file

    def journal(self, application: str, till: str = "") -> contextlib.AbstractContextManager[Journal]:
        options = SettlementOptions(
            preset=application,
            database=self.database,
            password_file=self.password_file,
            till=till,
            calendar=STORE,
        )
        return opened(options)


@contextlib.contextmanager
def opened(options: SettlementOptions, till: Till | None = None) -> Iterator[Journal]:
    with open_sources(options, till or Till(), Memory(), STORE.calendar(), NOW) as sources:
        yield Journal(sources, NOW)


@pytest.fixture
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Books:
    application, engine = request.param
    both = script("schemas", application, engine) + script("books", application, engine)
    if engine == "sqlite":
        with sqlite3.connect(tmp_path / "pos.db") as connection:
            connection.executescript(f"PRAGMA journal_mode = WAL; {both}")
        connection.close()
        return Books(f"sqlite:{tmp_path}/pos.db", "")
    server: Any = request.getfixturevalue(engine)
    server.make("pos", both)
    server.make_login("reader", "secret", "pos")
    password_file = tmp_path / "password"
    password_file.write_text("secret\n")
    password_file.chmod(0o600)
    return Books(server.address("reader", "pos", over_tcp=True), str(password_file))


def each(places: list[tuple[str, str]]) -> pytest.MarkDecorator:
    rows = [pytest.param(place[0], place, id="-".join(place)) for place in places]
    return pytest.mark.parametrize(("application", "books"), rows, indirect=["books"])


@each(EVERYWHERE)
def test_the_last_settlement_is_told(application: str, books: Books) -> None:
    with books.journal(application) as journal:
        assert journal.row(Settled) == Settled(settled_at=at("2026-11-19 22:31"))


@each(EVERYWHERE)
def test_what_waits_for_settlement_is_told_with_its_age(application: str, books: Books) -> None:
    with books.journal(application) as journal:
        assert journal.row(OpenBatch) == OpenBatch(
            batch=BATCHES.get(application.removesuffix("-prints"), "123"),
            opened_at=at("2026-11-20 08:55"),
            first_sale_at=at("2026-11-20 09:10"),
            sales=3,
        )


@each(EVERYWHERE)
def test_what_was_sold_since_a_moment_is_told(application: str, books: Books) -> None:
    others = 0 if application == "ospos" else 1
    with books.journal(application) as journal:
        assert journal.row(Sold, since=at("2026-11-20 12:00")) == Sold(
            sales=2 + others, first_at=at("2026-11-20 12:00"), newest_at=at("2026-11-20 21:40")
        )


@each(TELLS_POSTING)
def test_what_is_not_posted_is_told_with_the_oldest(application: str, books: Books) -> None:
    with books.journal(application) as journal:
        assert journal.row(Unposted) == Unposted(unposted=4, oldest_at=at("2026-11-20 09:10"))
        assert journal.row(Posted, since=at("2026-11-19 00:00")) == Posted(
            posted=1, newest_at=at("2026-11-19 18:00")
        )


@each(TELLS_POSTING)
def test_a_settlement_that_did_not_go_through_is_told(application: str, books: Books) -> None:
    with books.journal(application) as journal:
        found = journal.row(Closing)

    assert found is not None
    assert found.since_at == at("2026-11-20 22:10")
    said = {"erpnext": (True, "Stock of Tea is below zero"), "unionpay": (True, "host says 95")}
    assert (found.has_failed, found.said) == said.get(application, (False, ""))


@pytest.mark.parametrize("till", ["Till 1", "Till 2"])
@each([place for place in EVERYWHERE if place[0] in {"odoo", "odoo-prints"}])
def test_a_failure_that_odoo_does_not_keep_is_not_ok(application: str, books: Books, till: str) -> None:
    """Beside a settlement that did not go through, and where none was begun. That it is stuck is told."""
    options = SettlementOptions()
    with books.journal(application, till) as journal:
        readings = (
            *read_outcome(journal, options, STORE.calendar()),
            *read_receipts(journal, options, STORE.calendar()),
        )
    found = {each.code: each for each in readings}

    assert {found[each.code].reason for each in (*FAILURES, LAST_FAILED)} == {Reason.NOT_SET_UP}
    assert found[STUCK.code].status is (Status.FAILING if till == "Till 2" else Status.OK)


@each([place for place in EVERYWHERE if place[0] in {"odoo", "erpnext", "unicenta"}])
def test_one_till_of_several_is_told_by_itself(application: str, books: Books) -> None:
    with books.journal(application, till="Till 2") as journal:
        waits = journal.row(OpenBatch)
        settled = journal.row(Settled)

    assert waits is not None
    assert (waits.opened_at, waits.sales) == (at("2026-11-20 10:00"), 1)
    assert settled == Settled(settled_at=None)


@each([place for place in EVERYWHERE if place[0] in {"odoo", "unicenta", "unionpay"}])
def test_no_receipt_stands_there_twice(application: str, books: Books) -> None:
    with books.journal(application) as journal:
        assert journal.rows(Twice, since=at("2026-11-19 00:00")) == ()


@each([place for place in EVERYWHERE if place[0] in {"odoo-prints", "unionpay"}])
def test_a_receipt_that_was_not_printed_is_told(application: str, books: Books) -> None:
    with books.journal(application) as journal:
        [found] = journal.rows(Unprinted, since=at("2026-11-20 00:00"), before=NOW)
        last = journal.row(LastReceipt)

    assert found.sold_at == at("2026-11-20 12:00")
    assert last is not None
    assert last.sold_at == at("2026-11-20 21:40")


@each([place for place in EVERYWHERE if place[0] == "unionpay"])
def test_every_question_of_the_dialect_has_an_answer(application: str, books: Books) -> None:
    with books.journal(application) as journal:
        assert journal.row(Binding) == Binding(
            terminal="00000002", merchant="898100012341234", host="10.8.3.2", account="card-7"
        )
        for question in ALL_QUESTIONS:
            values = {
                name: NOW - 90_000 if name in {"since", "day_begins"} else NOW for name in question.values
            }
            journal.rows(question, **values)


@each(EVERYWHERE)
def test_a_question_the_application_cannot_answer_is_told_as_such(application: str, books: Books) -> None:
    offered = preset.load(application).questions
    with books.journal(application) as journal:
        for question in ALL_QUESTIONS:
            if question.asks not in offered:
                with pytest.raises(NotToldError, match=f"nothing here tells {question.asks}"):
                    journal.rows(question)


def test_every_preset_is_tried_on_each_of_its_engines() -> None:
    tried = set(EVERYWHERE)

    assert {(name, engine) for name in preset.names() for engine in preset.load(name).engines} == tried


def answers(options: SettlementOptions, till: Till, _memory: Memory) -> Iterator[Reading]:
    """Every question the preset offers, and what came of it."""
    told: dict[str, Fact] = {}
    with opened(options, till) as journal:
        for question in ALL_QUESTIONS:
            if question.asks in preset.load(options.preset).questions:
                values = dict.fromkeys(question.values, NOW - 90_000)
                try:
                    told[question.asks] = len(journal.rows(question, **values))
                except NotToldError as gap:
                    told[question.asks] = gap.because
    yield Reading(code="settlement.overdue", status=Status.OK, facts=told)


ASKS_ALL = structs.replace(PROBE, read=answers)


@pytest.mark.parametrize("place", [place for place in EVERYWHERE if place[1] != "sqlite"], ids="-".join)
def test_the_rights_that_are_told_are_enough_without_a_password(
    place: tuple[str, str], request: pytest.FixtureRequest, run_probe: RunProbe
) -> None:
    """What docs/journal.md says to grant, granted to the probe's own account: every question is answered."""
    application, engine = place
    server: Any = request.getfixturevalue(engine)
    server.make("pos", script("schemas", application, engine) + script("books", application, engine))
    account = probe_account()
    login = account.name if account else getpass.getuser()
    server.drop_login(login, "pos")
    server.run(rights(application, engine, login), "pos")

    run = run_probe(ASKS_ALL, SettlementOptions(preset=application, database=server.address(login, "pos")))
    assert run.complete, run.error
    assert {type(found) for found in run.readings[0].facts.values()} == {int}, run.readings[0].facts
