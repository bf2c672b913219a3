"""Nothing confirmed is lost and nothing stored twice, whatever happens to head office or its disk."""

from __future__ import annotations

import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import requests

from headoffice.intake import open_parcel
from headoffice.store import Store
from tests.headoffice import reports
from tests.headoffice.office import TOKEN, Office, Terminal
from vocabulary.wire import SIGNATURE_HEADER, Answer, Heartbeat, Parcel, encode, signed_rightly

CASES = Path(__file__).with_name("cases")


@pytest.mark.parametrize(
    ("moment", "stored", "outcome"),
    [("commit", [], "stored"), ("answer", [1], "duplicate")],
    ids=["between receiving and committing", "between committing and answering"],
)
def test_killed_in_the_middle_it_is_stored_once_in_the_end(
    tmp_path: Path, moment: str, stored: list[int], outcome: str
) -> None:
    """No answer was given, so the terminal sends the same record to the next head office."""
    office = Office(tmp_path, program=("-m", "tests.headoffice.dying_office", moment)).start()
    till = Terminal(office)
    record = till.full()
    with pytest.raises(requests.ConnectionError):
        till.send(record)
    assert office.wait_until_dead() == -signal.SIGKILL
    assert till.rows() == stored
    till.office = Office(tmp_path).start()
    answer = till.send(record)
    till.office.stop()
    assert (answer.accepted[0].outcome, answer.stored_through) == (outcome, 1)
    assert till.rows() == [1]


@pytest.mark.slow
def test_a_thousand_records_arrive_once_through_kills_and_restarts(tmp_path: Path) -> None:
    """A terminal that believes only `stored_through` drains its outbox while head office dies five times."""
    office = Office(tmp_path).start()
    till = Terminal(office)
    outbox: list[Heartbeat] = [till.full(), *(reports.pulse(each) for each in range(2, 1001))]
    through, deaths, shot = 0, 0, False
    while through < 1000:
        if not shot and deaths < 5 and through >= 150 * deaths:
            threading.Timer(0.003 * deaths, office.kill).start()
            shot = True
        try:
            through = till.send(*outbox[through : through + 10]).stored_through
        except requests.RequestException:
            assert office.wait_until_dead() == -signal.SIGKILL
            deaths, shot = deaths + 1, False
            office.start()
    office.stop()
    assert deaths == 5
    assert till.rows() == list(range(1, 1001))


def test_a_stopped_office_answers_what_it_has_begun(own_office: Office, own_till: Terminal) -> None:
    """SIGTERM loses nothing, and the next start goes on where it was."""
    own_till.send(own_till.full(), reports.pulse(2))
    own_office.stop()
    own_office.start()
    assert own_till.send(reports.pulse(3)).stored_through == 3


@contextmanager
def locked(office: Office) -> Iterator[None]:
    other = sqlite3.connect(office.database, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.close()


@contextmanager
def full_disk(office: Office) -> Iterator[None]:
    """No file of the process may grow: what a full disk looks like to SQLite."""
    assert office.process
    before = resource.prlimit(office.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(office.process.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    yield
    resource.prlimit(office.process.pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("trouble", [locked, full_disk])
def test_what_cannot_be_stored_is_not_confirmed(
    own_office: Office, own_till: Terminal, trouble: Callable[[Office], AbstractContextManager[None]]
) -> None:
    """503 and Retry-After, never 2xx; once the trouble is over the same parcel is taken.

    Nobody's silence counts from before that: head office could not hear.
    """
    own_till.send(own_till.full())
    body = encode(Parcel(terminal=own_till.name, spool=own_till.spool, records=(reports.pulse(2),)))
    began = time.monotonic()
    with trouble(own_office):
        answer = own_till.post(body)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert signed_rightly(TOKEN, answer.content, answer.headers[SIGNATURE_HEADER])
    assert own_office.listing()["listening_seconds"] <= time.monotonic() - began
    assert own_till.post(body).json()["stored_through"] == 2
    assert own_till.rows() == [1, 2]


def receive(store: Store, first: int, last: int) -> Answer:
    records = tuple(reports.pulse(each) for each in range(first, last + 1))
    parcel = Parcel(terminal="s0412-t2", spool="spool-1", records=records)
    return store.receive(open_parcel(encode(parcel), "s0412-t2"), now=reports.wall())


def test_the_ring_forgets_rows_but_not_that_they_came(tmp_path: Path) -> None:
    """What was let go is still a duplicate when it comes again."""
    store = Store(tmp_path / "office.sqlite", kept_heartbeats=10)
    receive(store, 2, 41)
    again = receive(store, 2, 5)
    store.close()
    with sqlite3.connect(tmp_path / "office.sqlite") as database:
        kept = [row[0] for row in database.execute("SELECT sequence FROM record ORDER BY sequence")]
    database.close()
    assert kept == list(range(32, 42))
    assert {verdict.outcome for verdict in again.accepted} == {"duplicate"}


def test_the_database_survives_a_power_cut_by_its_settings(tmp_path: Path) -> None:
    """Write-ahead log, and a sync at every commit."""
    store = Store(tmp_path / "office.sqlite")
    assert store._connection
    assert store._connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert store._connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    store.close()


def test_a_database_of_the_first_release_is_taken_over(tmp_path: Path) -> None:
    """What it holds stays, and outages have their place."""
    path = tmp_path / "office.sqlite"
    with sqlite3.connect(path) as old:
        old.executescript((CASES / "schema-of-0.1.0.sql").read_text(encoding="utf-8"))
        old.execute("INSERT INTO terminal (name, first_contact, last_contact) VALUES ('s0412-t2', 1, 1)")
        old.execute("INSERT INTO spool (terminal, name) VALUES (1, 'spool-1')")
        old.execute("INSERT INTO covered VALUES (1, 1, 7)")
    old.close()
    store = Store(path)
    answer = receive(store, 8, 9)
    store.close()

    assert answer.stored_through == 9
