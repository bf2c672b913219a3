"""Rows of the outbox, and the ranges that take the place of what is given up."""

from __future__ import annotations

import sqlite3
import zlib
from typing import Final

import msgspec
from msgspec import Struct

from agent.outbox.spool_records import RANKS, gap, last_of, runs
from vocabulary.wire import Heartbeat

# Of the quota, for the log: 256 KiB between checkpoints, and one great transaction.
WAL_BYTES: Final = 1 << 20
THIN_ROWS: Final = 200  # given up at once, so that a full spool does not thin at every heartbeat,
THIN_BYTES: Final = 256 * 1024  # nor so much that the log of it grows large


class Limits(Struct, frozen=True, kw_only=True):
    """`max_bytes` is the database file's and its write-ahead log's together."""

    max_rows: int
    max_bytes: int


def insert(db: sqlite3.Connection, spool: str, heartbeat: Heartbeat) -> None:
    body = msgspec.json.encode(heartbeat)
    db.execute(
        "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)",
        (
            spool,
            heartbeat.sequence,
            last_of(heartbeat),
            RANKS[type(heartbeat)],
            zlib.crc32(body),
            body,
        ),
    )


def thin(db: sqlite3.Connection, limits: Limits) -> None:
    """Over quota: oldest pulses first, reports last; each gap becomes an explicit range."""
    if _count(db) <= limits.max_rows and _used_bytes(db) <= (limits.max_bytes - WAL_BYTES) * 3 // 4:
        return
    victims = db.execute(
        "SELECT spool, sequence, through FROM (SELECT *, sum(length(body)) OVER ("
        " ORDER BY rank DESC, rowid ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW) AS before"
        " FROM (SELECT rowid, * FROM record WHERE rank >= 0 ORDER BY rank DESC, rowid LIMIT ?))"
        " WHERE ifnull(before, 0) < ?",
        (THIN_ROWS, THIN_BYTES),
    ).fetchall()
    for spool in {row[0] for row in victims}:
        for first, last in runs([row[1:] for row in victims if row[0] == spool]):
            replace(db, spool, first, last, "quota")


def _count(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM record").fetchone()[0])


def _used_bytes(db: sqlite3.Connection) -> int:
    """Of the file, without the pages that are free to be written again."""
    pages, free, size = (
        int(db.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def replace(db: sqlite3.Connection, spool: str, first: int, last: int, reason: str) -> None:
    """One range record for `first`..`last`, joined with ranges of that reason on both sides."""
    before = (
        "SELECT sequence, through, body FROM record WHERE spool = ? AND sequence < ? ORDER BY sequence DESC"
    )
    behind = "SELECT sequence, through, body FROM record WHERE spool = ? AND sequence > ? ORDER BY sequence"
    first, last = (
        _joined(db.execute(before + " LIMIT 1", (spool, first)).fetchone(), (first, last), reason)[0],
        _joined(db.execute(behind + " LIMIT 1", (spool, last)).fetchone(), (first, last), reason)[1],
    )
    db.execute("DELETE FROM record WHERE spool = ? AND sequence BETWEEN ? AND ?", (spool, first, last))
    insert(db, spool, gap(first, last, reason))


def _joined(row: tuple[int, int, bytes] | None, span: tuple[int, int], reason: str) -> tuple[int, int]:
    """`span` with its neighbour, where that is a range of the same reason."""
    if row is None:
        return span
    first, last, body = row
    touches = last + 1 == span[0] or first == span[1] + 1
    same = touches and body == msgspec.json.encode(gap(first, last, reason))
    return (min(first, span[0]), max(last, span[1])) if same else span
