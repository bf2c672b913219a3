"""Answers come typed, in wall seconds, from the first source that has one."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from probes.settlement.journal import DatabaseSource, Journal, NotToldError
from probes.settlement.preset import Preset
from probes.settlement.questions import Closing, OpenBatch, Settled, Sold
from probes.settlement.sources import ShutSource
from protocols.pos_database.database import DatabaseError, Trouble
from protocols.pos_database.sqlite import SqliteDatabase
from vocabulary.reading import Reason

NOON = 1795233600.0  # 2026-11-21T12:00+08:00
SHANGHAI = ZoneInfo("Asia/Shanghai")


def source(folder: Path, times: str, **questions: str) -> DatabaseSource:
    path = folder / "pos.db"
    with sqlite3.connect(path) as books:
        books.execute("CREATE TABLE IF NOT EXISTS sale (sold_at)")
    books.close()
    made = Preset(application="a", versions="1", source="here", times=times, questions=questions)  # type: ignore[arg-type]
    return DatabaseSource(SqliteDatabase(path, may_lock=True), made, SHANGHAI)


@pytest.mark.parametrize(
    ("times", "stored"),
    [
        ("seconds", "1795233600"),
        ("milliseconds", "1795233600000"),
        ("utc", "'2026-11-21 04:00:00'"),
        ("store", "'2026-11-21 12:00:00'"),
        ("store", "'2026-11-21T12:00:00+08:00'"),
    ],
)
def test_a_moment_is_wall_seconds_however_it_is_stored(tmp_path: Path, times: str, stored: str) -> None:
    journal = Journal((source(tmp_path, times, settled=f"SELECT {stored} AS settled_at"),), NOON)

    assert journal.row(Settled) == Settled(settled_at=NOON)


@pytest.mark.parametrize(("times", "newest"), [("utc", "'2026-11-21 03:59:59'"), ("seconds", "1795233599.0")])
def test_a_moment_is_asked_for_as_it_is_stored(tmp_path: Path, times: str, newest: str) -> None:
    sold = f"SELECT COUNT(*) AS sales FROM (SELECT {newest} AS sold_at) WHERE sold_at >= :since"
    journal = Journal((source(tmp_path, times, sold=sold),), NOON)

    assert [journal.rows(Sold, since=NOON - before)[0].sales for before in (0, 1)] == [0, 1]


@pytest.mark.parametrize("garbage", ["'yesterday'", "'9999999-01-01'", "x'00ff'", "1e300", "-1", "4e15"])
def test_a_time_that_is_none_is_not_told(tmp_path: Path, garbage: str) -> None:
    journal = Journal((source(tmp_path, "store", settled=f"SELECT {garbage} AS settled_at"),), NOON)

    with pytest.raises(NotToldError, match="a time there is none"):
        journal.row(Settled)


def test_a_number_holds_no_words(tmp_path: Path) -> None:
    asked = "SELECT 'Mr. Chan 13-7; DROP' AS batch, 3 AS sales"
    journal = Journal((source(tmp_path, "store", open_batch=asked),), NOON)

    assert journal.row(OpenBatch) == OpenBatch(batch="Mr.13-7", sales=3)


def test_a_column_s_name_may_be_written_in_capitals(tmp_path: Path) -> None:
    journal = Journal((source(tmp_path, "seconds", closing="SELECT 1 AS HAS_FAILED, 5 AS Since_At"),), NOON)

    assert journal.row(Closing) == Closing(has_failed=True, since_at=5.0)
    assert journal.tells(Closing, "has_failed", "since_at")


def test_books_without_the_column_that_decides_tell_nothing(tmp_path: Path) -> None:
    """A statement that takes every column is known by its rows alone."""
    everything = "SELECT * FROM (SELECT 7 AS batch)"
    with pytest.raises(NotToldError, match="no column sales"):
        Journal((source(tmp_path, "seconds", open_batch=everything),), NOON).row(OpenBatch)


def test_words_of_the_application_are_never_taken_for_known_ones(tmp_path: Path) -> None:
    """Also where a preset calls a column as if they were."""
    asked = "SELECT 1 AS has_failed, 'other' AS kind, 'Mr. Chan' AS phrase, 'Mr. Chan' AS MARK"
    closing = Journal((source(tmp_path, "store", closing=asked),), NOON).row(Closing)

    assert closing is not None
    assert closing.mark == "-"
    assert closing.message.phrase == "no reason is given"


def test_the_next_source_answers_where_the_first_cannot(tmp_path: Path) -> None:
    shut = ShutSource(frozenset({"settled"}), DatabaseError(Trouble.NOT_THERE, "gone"))
    journal = Journal((shut, source(tmp_path, "seconds", settled="SELECT 5 AS settled_at")), NOON)

    assert journal.row(Settled) == Settled(settled_at=5.0)
    assert [error.trouble for error in journal.troubles] == [Trouble.NOT_THERE]


def test_where_none_answers_the_first_says_why(tmp_path: Path) -> None:
    shut = ShutSource(frozenset({"settled"}), DatabaseError(Trouble.REFUSED, "no right to read the file"))
    with pytest.raises(NotToldError) as caught:
        Journal((shut,), NOON).row(Settled)
    assert (caught.value.reason, caught.value.because) == (Reason.NO_PERMISSION, "no right to read the file")


def test_what_nobody_keeps_is_not_set_up(tmp_path: Path) -> None:
    with pytest.raises(NotToldError) as caught:
        Journal((), NOON).row(Sold, since=0.0)
    assert caught.value.reason is Reason.NOT_SET_UP
