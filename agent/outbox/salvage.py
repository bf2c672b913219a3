"""What can be read of a damaged spool goes on under its old id; what cannot is said to be lost."""

from __future__ import annotations

import contextlib
import sqlite3
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from agent.outbox.spool import Spool
from agent.outbox.spool_records import RANKS, decoded, gap, last_of, runs
from agent.outbox.spool_rows import insert

_ROWS: Final = "SELECT CAST(spool AS TEXT), sequence, crc, CAST(body AS BLOB) FROM record ORDER BY rowid"
_BOTH_ENDS: Final = (_ROWS, _ROWS + " DESC")  # towards the damage


class Salvaged(Struct, frozen=True):
    """Numbers of heartbeats (a range counts each of its own); `at` in monotonic seconds."""

    at: float
    saved: int
    lost: int


def read_back(aside: Path, spool: Spool) -> Salvaged:
    """Fill the new `spool` from the damaged file, all or nothing. Raise sqlite3.Error where it cannot be.

    A row counts only if its body has the check sum and the number it was put with. Without the table that
    names the spools nothing is taken: a number alone could be any spool's.
    """
    old = sqlite3.connect(f"file:{aside}?mode=ro", uri=True, isolation_level=None)
    with contextlib.closing(old), spool.transaction():
        current = spool.now[0]
        spool.db.execute("DELETE FROM spool")
        nexts = _next_numbers(old)
        for question in _BOTH_ENDS:
            for owner, sequence, crc, body in _rows(old, question):
                if zlib.crc32(body) == crc:
                    _take(spool, owner, sequence, body, nexts.get(owner, 0))
        counted = [_cover(spool, name, number) for name, number in nexts.items()]
        spool.db.execute("INSERT INTO spool (id, next) VALUES (?, 1)", (current,))
    return Salvaged(time.monotonic(), sum(saved for saved, _ in counted), sum(lost for _, lost in counted))


def _next_numbers(old: sqlite3.Connection) -> dict[str, int]:
    """By spool id, the oldest first; one that has never numbered anything is left out."""
    question = "SELECT CAST(id AS TEXT), CAST(next AS INTEGER) FROM spool ORDER BY ordinal"
    return {name: number for name, number in _rows(old, question) if number > 1}


def _take(spool: Spool, owner: str, sequence: object, body: bytes, following: int) -> None:
    with contextlib.suppress(msgspec.MsgspecError):
        record = decoded(body)
        if record.sequence == sequence and last_of(record) < following:
            spool.db.execute(
                "INSERT OR IGNORE INTO record VALUES (?, ?, ?, ?, ?, ?)",
                (owner, sequence, last_of(record), RANKS[type(record)], zlib.crc32(body), body),
            )


def _cover(spool: Spool, name: str, following: int) -> tuple[int, int]:
    """Ranges for what is missing from the first record on; what lies below, head office's answer tells.

    How many numbers are saved, and how many are not.
    """
    spool.db.execute("INSERT INTO spool (id, next, damaged) VALUES (?, ?, 1)", (name, following))
    question = "SELECT sequence, through FROM record WHERE spool = ?"
    saved = runs(spool.db.execute(question, (name,)).fetchall())
    at, lost = (saved[0][0] if saved else following - 1), 0
    for first, last in [*saved, (following, following)]:
        if first > at:
            insert(spool.db, name, gap(at, first - 1, "spool-corrupt"))
            lost += first - at
        at = last + 1
    return sum(last - first + 1 for first, last in saved), lost


def _rows(old: sqlite3.Connection, question: str) -> Iterator[tuple[Any, ...]]:
    """As far as they can be read."""
    with contextlib.suppress(sqlite3.Error):
        yield from old.execute(question)
