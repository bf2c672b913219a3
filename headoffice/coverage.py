"""Which sequences of a spool need not be sent again, as merged ranges."""

from __future__ import annotations

import sqlite3


def cover(connection: sqlite3.Connection, spool: int, first: int, through: int) -> None:
    """Mark `first`..`through`, both included, and melt it into the ranges it touches."""
    touching = "spool = ? AND first <= ? AND through >= ?"
    beside = (spool, through + 1, first - 1)
    row = connection.execute(
        f"SELECT min(first) AS first, max(through) AS through FROM covered WHERE {touching}",  # noqa: S608 fixed text
        beside,
    ).fetchone()
    if row["first"] is not None:
        connection.execute(f"DELETE FROM covered WHERE {touching}", beside)  # noqa: S608 fixed text
        first, through = min(first, row["first"]), max(through, row["through"])
    connection.execute(
        "INSERT INTO covered (spool, first, through) VALUES (?, ?, ?)", (spool, first, through)
    )


def is_covered(connection: sqlite3.Connection, spool: int, first: int, through: int) -> bool:
    row = connection.execute(
        "SELECT through FROM covered WHERE spool = ? AND first <= ? ORDER BY first DESC LIMIT 1",
        (spool, first),
    ).fetchone()
    return row is not None and row["through"] >= through


def uncovered(connection: sqlite3.Connection, spool: int, first: int, through: int) -> list[tuple[int, int]]:
    """What of `first`..`through` is missing, ascending."""
    rows = connection.execute(
        "SELECT first, through FROM covered WHERE spool = ? AND first <= ? AND through >= ? ORDER BY first",
        (spool, through, first),
    )
    missing, at = [], first
    for row in rows:
        if row["first"] > at:
            missing.append((at, row["first"] - 1))
        at = row["through"] + 1
    return [*missing, (at, through)] if at <= through else missing


def stored_through(connection: sqlite3.Connection, spool: int) -> int:
    """The last sequence before the first gap; sequences count from 1, so 0 confirms nothing."""
    row = connection.execute("SELECT through FROM covered WHERE spool = ? AND first = 1", (spool,)).fetchone()
    return int(row["through"]) if row else 0
