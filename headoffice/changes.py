"""Every change of a terminal's causes, right whatever order the reports arrive in."""

from __future__ import annotations

import sqlite3
from typing import Final

import msgspec

from vocabulary.report import Report
from vocabulary.wire import Full

_KEPT: Final = 500  # per terminal: a till that flaps once a minute shows its last eight hours


def causes_key(report: Report) -> str:
    """The set of causes as text: code and subjects; facts and reminders left out."""
    causes = sorted([cause.code, *sorted(cause.subjects)] for cause in report.diagnosis.faults)
    return msgspec.json.encode(causes).decode()


def note(connection: sqlite3.Connection, spool: int, sequence: int) -> None:
    """Look again at the report just stored and at its successor, whose predecessor is now another one."""
    _look_at(connection, spool, sequence)
    successor = connection.execute(
        "SELECT min(sequence) AS sequence FROM record"
        " WHERE spool = ? AND sequence > ? AND causes IS NOT NULL",
        (spool, sequence),
    ).fetchone()["sequence"]
    if successor is not None:
        _look_at(connection, spool, successor)


def _look_at(connection: sqlite3.Connection, spool: int, sequence: int) -> None:
    row = connection.execute(
        "SELECT terminal, spool, sequence, causes, told_at, received_at, body FROM record"
        " WHERE spool = ? AND sequence = ?",
        (spool, sequence),
    ).fetchone()
    key = (row["terminal"], spool, sequence)
    connection.execute("DELETE FROM change WHERE (terminal, spool, sequence) = (?, ?, ?)", key)
    if _causes_before(connection, key) == row["causes"]:
        return
    connection.execute(
        "INSERT INTO change (terminal, spool, sequence, told_at, received_at, causes, titles)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*key, row["told_at"], row["received_at"], row["causes"], _titles(row["body"])),
    )
    _trim(connection, row["terminal"])


def _causes_before(connection: sqlite3.Connection, key: tuple[int, int, int]) -> str | None:
    """None before the first report. The ring may have let the report go; its change stays."""
    row = connection.execute(
        "SELECT causes FROM ("
        " SELECT spool, sequence, causes FROM record WHERE causes IS NOT NULL"
        "  AND terminal = ?1 AND (spool, sequence) < (?2, ?3)"
        " UNION ALL SELECT spool, sequence, causes FROM change"
        "  WHERE terminal = ?1 AND (spool, sequence) < (?2, ?3)"
        ") ORDER BY spool DESC, sequence DESC LIMIT 1",
        key,
    ).fetchone()
    return row["causes"] if row else None


def _titles(body: bytes) -> bytes:
    """What the causes are called, in each language the terminal speaks: {"en": ["Paper out"]}."""
    titles: dict[str, list[str]] = {}
    for cause in msgspec.json.decode(body, type=Full).report.diagnosis.faults:
        for language, words in cause.words.items():
            titles.setdefault(language, []).append(words.title)
    return msgspec.json.encode(titles)


def _trim(connection: sqlite3.Connection, terminal: int) -> None:
    connection.execute(
        "DELETE FROM change WHERE terminal = ?1 AND (spool, sequence) <= (SELECT spool, sequence FROM change"
        " WHERE terminal = ?1 ORDER BY spool DESC, sequence DESC LIMIT 1 OFFSET ?2)",
        (terminal, _KEPT),
    )
