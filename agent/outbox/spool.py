"""Numbered records and what stands for the ones that are gone, in an open database."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from typing import Final, Self

from msgspec import Struct

from agent.outbox.spool_records import RANKS, decoded, folded, gap, last_of, numbered, runs
from agent.outbox.spool_rows import Limits, insert, replace, thin
from vocabulary.wire import Dropped, Full, Heartbeat, Outage, Pulse

SPOOL_ID_BYTES: Final = 6  # 48 bits: two spools of one terminal never share an id by chance
MAX_QUARANTINE: Final = 20

Make = Callable[[str, int], Full | Pulse | Outage]


class Stored(Struct, frozen=True):
    sequence: int
    body: bytes


class Load(Struct, frozen=True):
    """Records of one spool, oldest first."""

    spool: str
    records: list[Stored]


class Spool:
    """Every method raises sqlite3.Error; then nothing of it was done.

    `unsure` is the (spool, sequence) whose commit failed: nobody knows whether it is on the disk.
    """

    def __init__(self, db: sqlite3.Connection, limits: Limits) -> None:
        self.db = db
        self.unsure: tuple[str, int] | None = None
        self._limits = limits

    @property
    def now(self) -> tuple[str, int]:
        """The spool that numbers, and its next number."""
        spool, number = self.db.execute("SELECT id, next FROM spool ORDER BY ordinal DESC LIMIT 1").fetchone()
        return str(spool), int(number)

    @property
    def depth(self) -> int:
        return int(self.db.execute("SELECT count(*) FROM record").fetchone()[0])

    @property
    def given_up(self) -> int:
        """How many heartbeats the waiting ranges stand for."""
        statement = "SELECT sum(through - sequence + 1) FROM record WHERE rank = ?"
        return int(self.db.execute(statement, (RANKS[Dropped],)).fetchone()[0] or 0)

    @property
    def is_empty(self) -> bool:
        return self.db.execute("SELECT 1 FROM record LIMIT 1").fetchone() is None

    def put(self, make: Make) -> int:
        """Commit the heartbeat `make(spool, sequence)`; an outage goes on in the one before it."""
        with self.transaction():
            thin(self.db, self._limits)
            spool, sequence = self.unsure = self.now
            heartbeat = make(spool, sequence)
            self.db.execute("UPDATE spool SET next = ? WHERE id = ?", (sequence + 1, spool))
            if isinstance(heartbeat, Outage):
                heartbeat = self._folded(spool, heartbeat)
            insert(self.db, spool, heartbeat)
        self.unsure = None
        return sequence

    def load(self, max_rows: int, max_bytes: int) -> Load:
        """Of the oldest spool that has any; at least one record then."""
        row = self.db.execute(
            "SELECT record.spool FROM record JOIN spool ON spool.id = record.spool ORDER BY ordinal LIMIT 1"
        ).fetchone()
        if row is None:
            return Load(self.now[0], [])
        rows = self._oldest(row[0], max_rows, max_bytes)
        if damaged := [(first, last) for first, last, crc, body in rows if zlib.crc32(body) != crc]:
            self._cover(row[0], damaged)
            return self.load(max_rows, max_bytes)
        return Load(row[0], [Stored(sequence, body) for sequence, _, _, body in rows])

    def confirm(self, spool: str, stored_through: int, rows_at_once: int) -> Iterator[None]:
        """Delete what head office has committed, a step at a time; a claim beyond what exists is ignored.

        Not so of an earlier spool: its numbers may go on in the till that this one was copied from.
        """
        if stored_through >= self._next_of(spool) and spool == self.now[0]:
            return
        statement = (
            "DELETE FROM record WHERE rowid IN"
            " (SELECT rowid FROM record WHERE spool = ? AND through <= ? ORDER BY sequence LIMIT ?)"
        )
        while self.db.execute(statement, (spool, stored_through, rows_at_once)).rowcount:
            yield

    def forget_empty_spools(self) -> None:
        self.db.execute(
            "DELETE FROM spool WHERE ordinal < (SELECT max(ordinal) FROM spool)"
            " AND NOT EXISTS (SELECT 1 FROM record WHERE record.spool = spool.id)"
        )

    def explain_gap(self, spool: str, stored_through: int) -> None:
        """What neither head office nor we hold becomes a range: a backup was restored there, or a file
        was damaged here.
        """
        lowest = self.db.execute("SELECT min(sequence) FROM record WHERE spool = ?", (spool,)).fetchone()[0]
        first, last = stored_through + 1, (lowest or self._next_of(spool)) - 1
        if first > last:
            return
        damaged = self.db.execute("SELECT damaged FROM spool WHERE id = ?", (spool,)).fetchone()[0]
        with self.transaction():
            insert(self.db, spool, gap(first, last, "spool-corrupt" if damaged else "no-longer-held"))

    def set_aside(self, spool: str, sequence: int, reason: str) -> None:
        """Keep a record that head office will never take; an explicit range takes its place.

        A range itself stays: nothing is left that could take its place.
        """
        row = self.db.execute(
            "SELECT through, body FROM record WHERE spool = ? AND sequence = ? AND rank >= 0",
            (spool, sequence),
        ).fetchone()
        if row is None:
            return
        with self.transaction():
            self.db.execute(
                "INSERT INTO quarantine (spool, sequence, reason, body) VALUES (?, ?, ?, ?)",
                (spool, sequence, reason, row[1]),
            )
            self.db.execute(
                "DELETE FROM quarantine WHERE id NOT IN (SELECT id FROM quarantine ORDER BY id DESC LIMIT ?)",
                (MAX_QUARANTINE,),
            )
            replace(self.db, spool, sequence, row[0], "rejected")

    def renumber(self, first: int) -> None:
        """A new spool begins; what waits from number `first` on goes over to it, numbered anew."""
        with self.transaction():
            old, _ = self.now
            new = self.begin()
            rows = self.db.execute(
                "SELECT sequence, through, crc, CAST(body AS BLOB) FROM record"
                " WHERE spool = ? AND sequence >= ? ORDER BY sequence",
                (old, first),
            ).fetchall()
            self.db.execute("DELETE FROM record WHERE spool = ? AND sequence >= ?", (old, first))
            self.db.execute("UPDATE spool SET next = ? WHERE id = ?", (first, old))
            number = 1
            numbers: dict[int, int] = {}
            for row in rows:
                record = numbered(_whole(*row), new, number, numbers)
                numbers[row[0]] = number
                insert(self.db, new, record)
                number = last_of(record) + 1
            self.db.execute("UPDATE spool SET next = ? WHERE id = ?", (number, new))

    def begin(self) -> str:
        """Within a transaction: the id of a new spool, which numbers from now on."""
        spool = secrets.token_hex(SPOOL_ID_BYTES)
        self.db.execute("INSERT INTO spool (id, next) VALUES (?, 1)", (spool,))
        return spool

    def adopt(self, other: Self, told_there: tuple[str, int] | None) -> None:
        """Take over all spools and records of one that waited in memory; its last one goes on here.

        `told_there`: the `unsure` record whose heartbeat went into `other`; both would be one too many.
        """
        with self.transaction():
            if told_there is not None:
                self._take_back(*told_there)
            for spool, number in other.db.execute(
                "SELECT id, next FROM spool WHERE next > 1 ORDER BY ordinal"
            ):
                self.db.execute("DELETE FROM spool WHERE next = 1")
                self.db.execute("INSERT INTO spool (id, next) VALUES (?, ?)", (spool, number))
            self.db.executemany(
                "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", other.db.execute("SELECT * FROM record")
            )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self.db.execute("ROLLBACK")
            raise

    def _next_of(self, spool: str) -> int:
        """1 for a spool that is not known (any more)."""
        row = self.db.execute("SELECT next FROM spool WHERE id = ?", (spool,)).fetchone()
        return int(row[0]) if row else 1

    def _take_back(self, spool: str, sequence: int) -> None:
        self.db.execute("DELETE FROM record WHERE spool = ? AND sequence >= ?", (spool, sequence))
        self.db.execute("UPDATE spool SET next = min(next, ?) WHERE id = ?", (sequence, spool))

    def _folded(self, spool: str, outage: Outage) -> Outage:
        row = self.db.execute(
            "SELECT sequence, through, crc, CAST(body AS BLOB) FROM record WHERE spool = ?"
            " ORDER BY sequence DESC LIMIT 1",
            (spool,),
        ).fetchone()
        if row is None or row[1] != outage.sequence - 1:
            return outage
        longer = folded(_whole(*row), outage)
        self.db.execute("DELETE FROM record WHERE spool = ? AND sequence = ?", (spool, longer.sequence))
        return longer

    def _oldest(self, spool: str, max_rows: int, max_bytes: int) -> list[tuple[int, int, int, bytes]]:
        taken: list[tuple[int, int, int, bytes]] = []
        size = 0
        rows = self.db.execute(
            "SELECT sequence, through, crc, CAST(body AS BLOB) FROM record WHERE spool = ?"
            " ORDER BY sequence LIMIT ?",
            (spool, max_rows),
        )
        for row in rows:
            size += len(row[3])
            if taken and size > max_bytes:
                break
            taken.append(row)
        return taken

    def _cover(self, spool: str, damaged: list[tuple[int, int]]) -> None:
        """Bodies that are not what was put: SQLite's quick_check does not look into them."""
        with self.transaction():
            for first, last in runs(damaged):
                replace(self.db, spool, first, last, "spool-corrupt")


def _whole(first: int, last: int, crc: int, body: bytes) -> Heartbeat:
    """The record, or where its body is not what was put, a range that says so."""
    return decoded(body) if zlib.crc32(body) == crc else gap(first, last, "spool-corrupt")
