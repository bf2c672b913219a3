"""SQLite's file is read beside its writer, or not at all."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from protocols.pos_database.database import DatabaseError, Trouble
from protocols.pos_database.sqlite import LOCK_SECONDS, SqliteDatabase

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"


@pytest.fixture(params=["DELETE", "WAL"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "pos.db") as writer:
        writer.execute(f"PRAGMA journal_mode = {request.param}")
        writer.execute("CREATE TABLE sale (trace INTEGER, sold_at REAL)")
        writer.execute("INSERT INTO sale VALUES (7, 1000.5)")
    writer.close()
    return tmp_path / "pos.db"


def trouble(path: Path, sql: str = "SELECT 1") -> tuple[Trouble, str]:
    with pytest.raises(DatabaseError) as caught:
        SqliteDatabase(path, may_lock=True).ask(sql, {})
    return caught.value.trouble, caught.value.detail


def test_rows_come_by_name_and_values_go_in_by_name(path: Path) -> None:
    rows = SqliteDatabase(path, may_lock=True).ask(
        "SELECT trace FROM sale WHERE sold_at > :since", {"since": 1}
    )
    assert rows == [{"trace": 7}]


def test_nothing_can_be_written(path: Path) -> None:
    assert trouble(path, "DELETE FROM sale") == (Trouble.REFUSED, "SQLITE_READONLY")


def test_a_missing_table_or_column_is_told_by_name(path: Path) -> None:
    assert trouble(path, "SELECT tip FROM sale") == (Trouble.NO_COLUMN, "tip")
    assert trouble(path, "SELECT 1 FROM bills") == (Trouble.NO_TABLE, "bills")


def test_a_statement_that_would_hold_its_lock_for_long_is_broken_off(path: Path) -> None:
    assert trouble(path, ENDLESS)[0] is Trouble.TOO_SLOW


def test_after_a_statement_the_writer_is_free(path: Path) -> None:
    writer = sqlite3.connect(path, timeout=0, isolation_level=None)
    writer.execute("SELECT 1 FROM sale").fetchall()
    database = SqliteDatabase(path, may_lock=True)
    database.ask("SELECT COUNT(*) FROM sale", {})

    writer.execute("INSERT INTO sale VALUES (8, 2000)")
    assert database.ask("SELECT COUNT(*) AS sales FROM sale", {}) == [{"sales": 2}]


def test_text_that_is_no_utf_8_is_read_with_escapes_and_the_writer_is_free(path: Path) -> None:
    writer = sqlite3.connect(path, timeout=0, isolation_level=None)
    writer.execute("SELECT 1 FROM sale").fetchall()
    database = SqliteDatabase(path, may_lock=True)
    rows = database.ask("SELECT CAST(x'ff5a68616e67' AS TEXT) AS said FROM sale", {})

    assert rows == [{"said": "\\xffZhang"}]
    writer.execute("INSERT INTO sale VALUES (8, 2000)")


@pytest.mark.parametrize(
    ("sql", "detail"),
    [
        ("SELECT 'Zhang' WHERE :since", "a value that cannot be read"),
        ("SELECT json('Zhang')", "SQLITE_ERROR"),
        ("SELECT CAST(zeroblob(9) || x'ff5a68616e67' AS TEXT) = json('Zhang')", "SQLITE_ERROR"),
    ],
)
def test_what_is_told_of_an_error_holds_no_word_of_its_message(path: Path, sql: str, detail: str) -> None:
    assert trouble(path, sql) == (Trouble.FAILED, detail)


def test_after_an_error_in_the_middle_of_its_rows_the_writer_is_free(path: Path) -> None:
    writer = sqlite3.connect(path, timeout=0, isolation_level=None)
    writer.execute("INSERT INTO sale VALUES (8, 2000)")
    database = SqliteDatabase(path, may_lock=True)
    with pytest.raises(DatabaseError):
        database.ask("SELECT CASE trace WHEN 8 THEN json('Zhang') ELSE 1 END FROM sale", {})

    writer.execute("INSERT INTO sale VALUES (9, 3000)")


def test_a_writer_in_its_commit_is_busy_and_not_waited_for(tmp_path: Path) -> None:
    writer = sqlite3.connect(tmp_path / "pos.db", isolation_level=None)
    writer.execute("CREATE TABLE sale (trace INTEGER)")
    writer.execute("BEGIN EXCLUSIVE")

    assert trouble(tmp_path / "pos.db", "SELECT 1 FROM sale")[0] is Trouble.BUSY


def test_rollback_mode_is_not_read_where_the_pos_might_not_wait(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "pos.db") as writer:
        writer.execute("CREATE TABLE sale (trace INTEGER)")
    with pytest.raises(DatabaseError) as caught:
        SqliteDatabase(tmp_path / "pos.db", may_lock=False)
    assert caught.value.trouble is Trouble.NOT_NOW


def test_wal_mode_is_read_at_any_time(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "pos.db") as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE sale (trace INTEGER)")

        assert SqliteDatabase(tmp_path / "pos.db", may_lock=False).ask("SELECT 1 AS one", {}) == [{"one": 1}]


def test_a_wal_file_that_is_opened_while_it_is_read_is_busy(tmp_path: Path) -> None:
    """Closed, it is read as it lies; what was read beside a writer then is not believed."""
    writer = sqlite3.connect(tmp_path / "pos.db")
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE sale (trace INTEGER)")
    writer.close()
    database = SqliteDatabase(tmp_path / "pos.db", may_lock=False)
    assert database.ask("SELECT COUNT(*) AS sales FROM sale", {}) == [{"sales": 0}]

    writer = sqlite3.connect(tmp_path / "pos.db")
    writer.execute("INSERT INTO sale VALUES (1)")
    writer.commit()
    with pytest.raises(DatabaseError, match="just opened"):
        database.ask("SELECT COUNT(*) FROM sale", {})


def test_a_wal_file_that_is_moved_away_while_it_is_read_is_busy(tmp_path: Path) -> None:
    writer = sqlite3.connect(tmp_path / "pos.db")
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("CREATE TABLE sale (trace INTEGER)")
    writer.close()
    database = SqliteDatabase(tmp_path / "pos.db", may_lock=False)
    (tmp_path / "pos.db").rename(tmp_path / "old.db")

    with pytest.raises(DatabaseError) as caught:
        database.ask("SELECT COUNT(*) FROM sale", {})
    assert caught.value.trouble is Trouble.BUSY


def test_what_is_not_there_or_no_database_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("not a database, only long enough to be one at first sight")
    assert trouble(tmp_path / "gone.db")[0] is Trouble.NOT_THERE
    assert trouble(tmp_path / "notes.db")[0] is Trouble.CORRUPT


def test_a_damaged_page_is_damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)
    assert trouble(path, "SELECT * FROM sale")[0] is Trouble.CORRUPT


def test_the_lock_is_under_five_milliseconds() -> None:
    """What the POS may have to wait for us at most."""
    assert LOCK_SECONDS < 0.005
