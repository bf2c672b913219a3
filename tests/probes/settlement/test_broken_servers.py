"""What goes wrong with the books' server is told as what it is, and is never called a fault of the store."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from agent.running.account import probe_account
from agent.running.probe_run import ProbeRun
from probes.settlement.options import SettlementOptions
from probes.settlement.probe import PROBE
from protocols.pos_database import mariadb as mariadb_driver
from protocols.pos_database import postgresql as postgresql_driver
from tests.real_mariadb import RealMariadb
from tests.real_postgresql import RealPostgresql
from vocabulary.reading import Reading, Reason, Status
from vocabulary.store_calendar import StoreCalendar

RunProbe = Callable[..., ProbeRun]
RealServer = RealPostgresql | RealMariadb
Look = Callable[[], dict[str, Reading]]
# Loaded before the fork: the probe's account may not see this folder.
DRIVERS = (mariadb_driver, postgresql_driver)
FOLDER = Path(__file__).parent
NOW = datetime(2026, 11, 20, 21, 45, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()  # before the deadline
ALL_WELL = """
UPDATE batch SET state = 'settled', settled_at = closing_at WHERE number = '000124';
UPDATE sale SET printed_at = sold_at, posted_at = sold_at, print_failed = 0;
"""
BOOKS = (FOLDER / "schemas/unionpay.sql").read_text() + (FOLDER / "books/unionpay.sql").read_text() + ALL_WELL


@pytest.fixture
def password_file(till_folder: Path) -> Path:
    """Of the login `reader`, for the probe's account alone."""
    path = till_folder / "till/password"
    path.parent.mkdir()
    (till_folder / "till/wall_seconds").write_text(f"{NOW:.0f}")
    path.write_text("secret\n")
    path.chmod(0o600)
    if account := probe_account():
        os.chown(path, account.uid, account.gid)
    return path


@pytest.fixture
def look(server: RealServer, password_file: Path, run_probe: RunProbe) -> Iterator[Look]:
    """The probe in its child, over TCP with a password; the server runs again in the end."""
    server.make("pos", BOOKS)
    server.make_login("reader", "secret", "pos")
    options = SettlementOptions(
        preset="unionpay",
        database=server.address("reader", "pos", over_tcp=True),
        password_file="/password",
        calendar=StoreCalendar(zone="Asia/Shanghai"),
    )

    def look() -> dict[str, Reading]:
        run = run_probe(PROBE, options, root=password_file.parent)
        assert run.complete, run.error
        assert "secret" not in msgspec.json.encode(run.readings).decode()
        return {reading.code: reading for reading in run.readings}

    yield look
    if not server.runs:
        server.start()


def failing(readings: dict[str, Reading]) -> set[str]:
    return {code for code, reading in readings.items() if reading.status is Status.FAILING}


def why(readings: dict[str, Reading]) -> tuple[Reason | None, str]:
    """Of the settlement that is not judged; nothing else may be red."""
    assert failing(readings) == set()
    return readings["settlement.overdue"].reason, readings["settlement.overdue"].because


def test_a_server_that_is_well_is_judged_from(look: Look) -> None:
    readings = look()

    assert failing(readings) == set()
    assert readings["settlement.overdue"].status is Status.OK
    assert readings["journal.unreachable"].status is Status.OK


def test_a_stopped_server_is_the_one_fault(look: Look, server: RealServer) -> None:
    server.stop()
    readings = look()

    assert failing(readings) == {"journal.unreachable"}
    assert readings["journal.unreachable"].facts["seen"] == "Connection refused"
    assert readings["settlement.overdue"].because == "journal.unreachable"


def test_a_wrong_password_is_no_permission(look: Look, password_file: Path) -> None:
    password_file.write_text("wrong")

    assert why(look()) == (Reason.NO_PERMISSION, "the server refuses the login reader")


def test_a_password_that_others_may_read_is_not_used(look: Look, password_file: Path) -> None:
    password_file.chmod(0o644)

    assert why(look()) == (Reason.NO_PERMISSION, "others may read it: chmod 600 /password")


def test_a_password_that_is_not_there_is_told(look: Look, password_file: Path) -> None:
    password_file.unlink()

    assert why(look()) == (Reason.NO_PERMISSION, "cannot be read: /password")


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("DROP TABLE batch", "no table batch"),
        ("ALTER TABLE batch RENAME COLUMN settled_at TO closed_at", "no column settled_at"),
    ],
)
def test_books_of_another_version_are_told_by_the_name(
    look: Look, server: RealServer, change: str, because: str
) -> None:
    server.run(change, "pos")

    reason, told = why(look())
    assert (reason, told.replace("batch.", "")) == (Reason.NOT_TESTED, because)


def test_a_row_that_is_held_keeps_nobody_from_looking(look: Look, server: RealServer) -> None:
    with server.administer("pos") as writer, writer.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE batch SET state = 'settled'")
        readings = look()

    assert failing(readings) == set()
    assert readings["settlement.overdue"].status is Status.OK


def test_a_table_that_is_locked_is_busy(look: Look, server: RealServer) -> None:
    with server.administer("pos") as writer, writer.cursor() as cursor:
        exclusive = "BEGIN; LOCK TABLE batch" if server.engine == "postgresql" else "LOCK TABLES batch WRITE"
        cursor.execute(exclusive)

        assert why(look())[0] is Reason.BUSY


def test_a_statement_that_takes_long_is_timed_out(look: Look, server: RealServer) -> None:
    sleep = "pg_sleep(30)::text" if server.engine == "postgresql" else "SLEEP(30)"
    server.run("ALTER TABLE batch RENAME TO batch_of_old", "pos")
    server.run(
        "CREATE VIEW batch AS SELECT number, opened_at, closing_at, settled_at, state, answer, balances"
        f" FROM batch_of_old WHERE {sleep} IS NOT NULL",
        "pos",
    )
    if server.engine == "postgresql":
        server.run("GRANT SELECT ON batch TO reader", "pos")

    assert why(look())[0] is Reason.TIMED_OUT


def test_more_sales_than_a_second_reads_are_bounded(look: Look, server: RealServer) -> None:
    """Half a milliard without an index, made as they are read: the server breaks off and says so."""
    rows = "generate_series(1, 500000000) AS n" if server.engine == "postgresql" else "seq_1_to_500000000"
    number = "n" if server.engine == "postgresql" else "seq"
    server.run("ALTER TABLE sale RENAME TO sale_of_old", "pos")
    server.run(
        f"CREATE VIEW sale AS SELECT {number} AS trace, CAST({number} AS char(20)) AS batch,"
        f" CAST({number} AS char(20)) AS receipt, {NOW:.0f} - {number} AS sold_at FROM {rows}",
        "pos",
    )
    if server.engine == "postgresql":
        server.run("GRANT SELECT ON sale TO reader", "pos")

    reason, because = why(look())
    assert reason is Reason.TIMED_OUT, because


@pytest.mark.parametrize("number", ["4111111111111111", "\x1b[2J\r\nLi Wei\x07", "';DROP TABLE x;--"])
def test_what_is_no_number_of_a_batch_leaves_as_none(look: Look, server: RealServer, number: str) -> None:
    quoted = number.replace("'", "''")
    server.run(f"UPDATE batch SET number = '{quoted}', opened_at = 1700000000 WHERE number = '000123'", "pos")
    server.run(f"UPDATE sale SET batch = '{quoted}', sold_at = 1700000000 WHERE batch = '000123'", "pos")
    overdue = look()["settlement.overdue"]

    told = msgspec.json.encode(overdue).decode()
    assert overdue.status is Status.FAILING
    assert "4111111111111111" not in told
    assert "\\u001b" not in told
    assert "'" not in str(overdue.facts["batch"])


@pytest.mark.parametrize("moment", ["1e300", "-5", "1e11", "NULL"])
def test_moments_that_are_none_are_not_judged(look: Look, server: RealServer, moment: str) -> None:
    opened = "1" if moment == "NULL" else moment
    server.run(f"UPDATE batch SET opened_at = {opened}, settled_at = {moment}", "pos")
    server.run(f"UPDATE sale SET sold_at = {opened}", "pos")
    readings = look()

    assert failing(readings) <= {"settlement.overdue"}
    if moment != "NULL":
        assert readings["settlement.overdue"].because == "a time there is none"


def test_without_a_driver_it_is_told_what_to_install(
    look: Look, server: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"protocols.pos_database.{server.engine}"
    monkeypatch.setitem(sys.modules, name, None)

    assert why(look()) == (Reason.NOT_SUPPORTED, f"no driver for {server.engine}: run tools/install again")


def test_a_login_with_more_rights_than_to_read_is_not_used(look: Look, server: RealServer) -> None:
    host = "" if server.engine == "postgresql" else "@127.0.0.1"
    server.run(f"GRANT DELETE ON sale TO reader{host}", "pos")

    assert why(look()) == (Reason.NO_PERMISSION, "reader may write: give a login that can only read")
