"""PostgreSQL and MariaDB are read beside their writer, bounded, and never written to."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from protocols.pos_database import server as where
from protocols.pos_database.database import MAX_ROWS, Database, DatabaseError, Trouble
from protocols.pos_database.mariadb import MariadbDatabase
from protocols.pos_database.postgresql import PostgresqlDatabase
from tests.real_mariadb import RealMariadb
from tests.real_postgresql import RealPostgresql

RealServer = RealPostgresql | RealMariadb
Connect = Callable[[RealServer], Database]
SALES = "CREATE TABLE sale (trace integer, sold_at double precision, note varchar(200))"
ENDLESS = {
    "postgresql": "SELECT COUNT(*) AS n FROM generate_series(1, 100000000000) AS number",
    "mariadb": "SELECT COUNT(*) AS n FROM seq_1_to_99999 a JOIN seq_1_to_99999 b ON a.seq % 7 = b.seq % 5",
}


@pytest.fixture
def pos(server: RealServer) -> RealServer:
    """With the books of a POS in them, and a login that may only read."""
    server.make("pos", SALES)
    server.make_login("reader", "secret", "pos")
    return server


def opened(address: str, password: str = "secret") -> Database:
    server = where.parse(address)
    return (PostgresqlDatabase if server.engine == "postgresql" else MariadbDatabase)(server, password)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connections that are closed in the end."""
    with contextlib.ExitStack() as stack:

        def connect(server: RealServer) -> Database:
            address = server.address("reader", "pos", over_tcp=True)
            return stack.enter_context(contextlib.closing(opened(address)))

        yield connect


def trouble(
    server: RealServer,
    sql: str = "SELECT 1 AS one",
    *,
    login: str = "reader",
    password: str = "secret",
    name: str = "pos",
) -> tuple[Trouble, str]:
    address = server.address(login, name, over_tcp=True)
    with pytest.raises(DatabaseError) as caught, contextlib.closing(opened(address, password)) as database:
        database.ask(sql, {"since": 1})
    return caught.value.trouble, caught.value.detail


def test_rows_come_by_name_and_values_go_in_by_name(connect: Connect, pos: RealServer) -> None:
    pos.run("INSERT INTO sale VALUES (7, 1000.5, '50%')", "pos")
    sql = "SELECT trace, ':a 5%' AS said FROM sale WHERE sold_at > :since AND note LIKE '5%' AND :since > 0"

    assert connect(pos).ask(sql, {"since": 1}) == [{"trace": 7, "said": ":a 5%"}]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM sale",
        "INSERT INTO sale VALUES (1, 1, '')",
        "SELECT 1 AS one; DELETE FROM sale",
        "CREATE TABLE other (one integer)",
    ],
)
def test_nothing_can_be_written_even_by_one_who_may(connect: Connect, pos: RealServer, sql: str) -> None:
    """Rights that come later, on a connection that stands, are of no use."""
    pos.run("INSERT INTO sale VALUES (7, 1000.5, '')", "pos")
    database = connect(pos)
    host = "" if pos.engine == "postgresql" else "@127.0.0.1"
    pos.run(f"GRANT INSERT, DELETE ON sale TO reader{host}", "pos")

    with pytest.raises(DatabaseError):
        database.ask(sql, {})
    assert connect_as_administrator_and_count(pos) == 1


def connect_as_administrator_and_count(server: RealServer) -> int:
    with server.administer("pos") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM sale")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("right", ["UPDATE ON sale", "UPDATE (note) ON sale", "DELETE ON newest"])
def test_a_login_that_may_write_is_not_used(pos: RealServer, right: str) -> None:
    """A table, a column of it alone, or what is under a view."""
    host = "" if pos.engine == "postgresql" else "@127.0.0.1"
    pos.run("CREATE VIEW newest AS SELECT * FROM sale WHERE trace > 100", "pos")
    pos.run(f"GRANT {right} TO reader{host}", "pos")

    assert trouble(pos) == (Trouble.MAY_WRITE, "reader may write: give a login that can only read")


def test_a_table_that_lies_on_another_server_counts(postgresql: RealPostgresql) -> None:
    postgresql.make("pos", SALES)
    postgresql.make_login("reader", "secret", "pos")
    postgresql.run(
        "CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far;"
        " CREATE FOREIGN TABLE bill (note text) SERVER away; GRANT INSERT ON bill TO reader",
        "pos",
    )

    assert trouble(postgresql)[0] is Trouble.MAY_WRITE


def test_a_missing_table_or_column_is_told_by_name(pos: RealServer) -> None:
    assert trouble(pos, "SELECT sale.tip FROM sale WHERE trace > :since")[1] in {"sale.tip", "tip"}
    assert trouble(pos, "SELECT tip FROM sale WHERE trace > :since") == (Trouble.NO_COLUMN, "tip")
    assert trouble(pos, "SELECT 1 AS one FROM bills WHERE trace > :since") == (Trouble.NO_TABLE, "bills")


def test_a_table_it_may_not_read_is_told_by_name(pos: RealServer) -> None:
    pos.run("CREATE TABLE wages (one integer)", "pos")
    host = "" if pos.engine == "postgresql" else "@127.0.0.1"
    if pos.engine == "mariadb":
        pos.run(f"REVOKE SELECT ON pos.* FROM reader{host}; GRANT SELECT ON pos.sale TO reader{host}")

    assert trouble(pos, "SELECT one FROM wages") == (Trouble.REFUSED, "no right to read wages")


def test_wrong_password_no_login_and_no_database_are_told_apart(pos: RealServer) -> None:
    refused = Trouble.REFUSED
    assert trouble(pos, password="wrong") == (refused, "the server refuses the login reader")
    assert trouble(pos, login="ghost") == (refused, "the server refuses the login ghost")
    assert trouble(pos, name="nowhere")[0] is refused


def test_a_statement_that_takes_long_is_broken_off_and_the_next_one_answered(
    connect: Connect, pos: RealServer
) -> None:
    database = connect(pos)
    with pytest.raises(DatabaseError) as caught:
        database.ask(ENDLESS[pos.engine], {})

    assert caught.value.trouble is Trouble.TOO_SLOW
    assert database.ask("SELECT 1 AS one", {}) == [{"one": 1}]


def test_all_statements_together_are_bounded(
    connect: Connect, pos: RealServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those about the login's rights count, too."""
    monkeypatch.setattr("protocols.pos_database.patience.ALL_SECONDS", 1e-6)

    with pytest.raises(DatabaseError, match="all answers took more"):
        connect(pos).ask("SELECT 1 AS one", {})


def test_rows_beyond_the_most_that_are_wanted_stay_where_they_are(connect: Connect, pos: RealServer) -> None:
    rows = ", ".join(f"({trace}, 1, '')" for trace in range(200))
    pos.run(f"INSERT INTO sale VALUES {rows}", "pos")

    assert len(connect(pos).ask("SELECT trace FROM sale", {})) == MAX_ROWS


def test_a_row_that_the_pos_holds_is_read_and_a_table_it_locks_is_busy(
    connect: Connect, pos: RealServer
) -> None:
    pos.run("INSERT INTO sale VALUES (7, 1000.5, '')", "pos")
    count = "SELECT COUNT(*) AS sales FROM sale"
    with pos.administer("pos") as writer, writer.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE sale SET trace = 8")
        assert connect(pos).ask(count, {}) == [{"sales": 1}]
        cursor.execute("COMMIT")

        exclusive = "BEGIN; LOCK TABLE sale" if pos.engine == "postgresql" else "LOCK TABLES sale WRITE"
        cursor.execute(exclusive)
        assert trouble(pos, count)[0] is Trouble.BUSY


def test_between_two_questions_nothing_is_locked(connect: Connect, pos: RealServer) -> None:
    database = connect(pos)
    database.ask("SELECT COUNT(*) AS sales FROM sale", {})

    with pos.administer("pos") as writer, writer.cursor() as cursor:
        cursor.execute(
            "SET lock_timeout = 100" if pos.engine == "postgresql" else "SET lock_wait_timeout = 0"
        )
        cursor.execute("ALTER TABLE sale ADD COLUMN tip integer")
    assert database.ask("SELECT COUNT(tip) AS tips FROM sale", {}) == [{"tips": 0}]


def test_a_server_that_was_stopped_is_not_there(pos: RealServer) -> None:
    pos.stop()
    try:
        assert trouble(pos) == (Trouble.NOT_THERE, "Connection refused")
    finally:
        pos.start()


def test_a_server_that_stops_between_two_questions_is_no_crash(connect: Connect, pos: RealServer) -> None:
    database = connect(pos)
    pos.stop()
    try:
        for _ in range(2):
            with pytest.raises(DatabaseError):
                database.ask("SELECT 1 AS one", {})
    finally:
        pos.start()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Takes connections and says nothing."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        end.listen(8)
        yield end.getsockname()[1]


@pytest.fixture
def talking_port() -> Iterator[int]:
    """Says garbage to whoever connects."""
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        end.listen(8)

        def talk() -> None:
            for _ in range(4):
                try:
                    connection, _ = end.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"\xff\x00garbage\r\n" * 50)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield end.getsockname()[1]
        end.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_a_server_that_takes_connections_and_says_nothing_is_left(engine: str, silent_port: int) -> None:
    address = f"{engine}://reader@127.0.0.1:{silent_port}/pos"
    began = time.monotonic()
    with pytest.raises(DatabaseError) as caught:
        opened(address)

    assert caught.value.trouble is Trouble.TOO_SLOW
    assert time.monotonic() - began < 10  # far below the 15 s after which the child would be ended


@pytest.mark.parametrize("engine", ["postgresql", "mariadb"])
def test_a_server_of_another_kind_is_no_crash(engine: str, talking_port: int) -> None:
    address = f"{engine}://reader@127.0.0.1:{talking_port}/pos"
    with pytest.raises(DatabaseError) as caught:
        opened(address)

    assert caught.value.trouble is not Trouble.NOT_THERE


def test_a_server_that_falls_silent_is_left_and_not_asked_again(
    connect: Connect, postgresql: RealPostgresql
) -> None:
    postgresql.make("pos", SALES)
    postgresql.make_login("reader", "secret", "pos")
    database = connect(postgresql)
    [row] = database.ask("SELECT pg_backend_pid() AS pid", {})
    postgresql.hold_still(int(str(row["pid"])), still=True)
    try:
        for _ in range(2):
            with pytest.raises(DatabaseError, match="says nothing"):
                database.ask("SELECT 1 AS one", {})
    finally:
        postgresql.hold_still(int(str(row["pid"])), still=False)


def test_a_mariadb_that_falls_silent_is_left_and_not_asked_again(
    connect: Connect, mariadb: RealMariadb
) -> None:
    mariadb.make("pos", SALES)
    mariadb.make_login("reader", "secret", "pos")
    database = connect(mariadb)
    mariadb.hold_still(still=True)
    try:
        for _ in range(2):
            with pytest.raises(DatabaseError, match="says nothing"):
                database.ask("SELECT 1 AS one", {})
    finally:
        mariadb.hold_still(still=False)


@pytest.mark.parametrize("value", ["'infinity'::timestamp", "'4713-01-01 BC'::timestamp"])
def test_a_moment_beyond_the_calendar_is_told_as_unreadable(
    connect: Connect, postgresql: RealPostgresql, value: str
) -> None:
    postgresql.make("pos", SALES)
    postgresql.make_login("reader", "secret", "pos")

    with pytest.raises(DatabaseError, match="a value that cannot be read"):
        connect(postgresql).ask(f"SELECT {value} AS at", {})


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("CAST('0000-00-00 00:00:00' AS DATETIME)", "0000-00-00 00:00:00"),
        ("CAST('838:59:59' AS TIME)", "34 days, 22:59:59"),
        ("x'ff41'", "\\xffA"),
    ],
)
def test_values_that_are_none_here_come_as_text(
    connect: Connect, mariadb: RealMariadb, value: str, told: str
) -> None:
    mariadb.make("pos", SALES)
    mariadb.make_login("reader", "secret", "pos")

    assert connect(mariadb).ask(f"SELECT {value} AS at", {}) == [{"at": told}]


def test_the_password_is_in_no_message(pos: RealServer) -> None:
    assert "s3cr3t" not in str(trouble(pos, password="s3cr3t"))
    assert b"s3cr3t" not in Path(f"/proc/{os.getpid()}/cmdline").read_bytes()
