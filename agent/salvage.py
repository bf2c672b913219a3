"""What can be read of a damaged spool goes on under its old id; what cannot is said to be lost."""

from __future__ import annotations

import contextlib
import sqlite3
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from agent.spool import Spool
from agent.spool_records import decoded, gap, last_of, runs
from vocabulary.wire import Heartbeat


class Salvaged(Struct, frozen=True):
    """Numbers of records (a range counts as one); `at` in monotonic seconds."""

    at: float
    saved: int = 0
    lost: int = 0


def read_back(aside: Path, spool: Spool) -> Salvaged:
    """Fill `spool` from the damaged file. Raise sqlite3.Error where `spool` cannot take it.

    A row counts only if its body has the check sum and the number it was put with. Without the table that
    names the spools nothing is taken: a number alone could be any spool's.
    """
    old = sqlite3.connect(f"file:{aside}?mode=ro", uri=True, isolation_level=None)
    try:
        spools = list(
            _rows(old, "SELECT CAST(id AS TEXT), CAST(next AS INTEGER) FROM spool ORDER BY ordinal")
        )
        taken = _sound(old)
    finally:
        old.close()
    result = Salvaged(time.monotonic())
    with spool.transaction():
        current = spool.now[0]
        spool.db.execute("DELETE FROM spool")
        for name, number in spools:
            records = [record for owner, record in taken if owner == name and last_of(record) < number]
            result = _fill(spool, name, number, records, result)
        spool.db.execute("INSERT INTO spool (id, next) VALUES (?, 1)", (current,))
    return result


def _fill(spool: Spool, name: str, number: int, records: list[Heartbeat], before: Salvaged) -> Salvaged:
    """Every number from the first record on is covered; what lies below, head office's answer tells."""
    if number < 2:
        return before
    spool.db.execute("INSERT INTO spool (id, next, damaged) VALUES (?, ?, 1)", (name, number))
    at, lost = (records[0].sequence if records else number - 1), 0
    covered = runs([(record.sequence, last_of(record)) for record in records])
    for first, last in [*covered, (number, number)]:
        if first > at:
            spool.insert(name, gap(at, first - 1, "spool-corrupt"))
            lost += first - at
        at = last + 1
    for record in records:
        spool.insert(name, record)
    return Salvaged(before.at, before.saved + len(records), before.lost + lost)


def _sound(old: sqlite3.Connection) -> list[tuple[str, Heartbeat]]:
    """In order of the numbers, none twice."""
    found: dict[tuple[str, int], Heartbeat] = {}
    question = "SELECT CAST(spool AS TEXT), sequence, crc, CAST(body AS BLOB) FROM record ORDER BY rowid"
    for order in (question, question + " DESC"):  # from both ends towards the damage
        for owner, sequence, crc, body in _rows(old, order):
            with contextlib.suppress(msgspec.MsgspecError, TypeError):
                if zlib.crc32(body) == crc and decoded(body).sequence == sequence:
                    found[owner, sequence] = decoded(body)
    return sorted(
        ((owner, record) for (owner, _), record in found.items()), key=lambda pair: pair[1].sequence
    )


def _rows(old: sqlite3.Connection, question: str) -> Iterator[tuple[Any, ...]]:
    """As far as they can be read."""
    with contextlib.suppress(sqlite3.Error):
        yield from old.execute(question)
