"""Each heartbeat once, by terminal, spool and sequence."""

from __future__ import annotations

import sqlite3
from typing import Final, Literal

from msgspec import Struct

from headoffice import changes
from headoffice.coverage import cover, is_covered
from headoffice.intake import Received
from headoffice.read_aloud import spelled
from vocabulary.report import Report
from vocabulary.wire import Dropped, Full, Pulse, Verdict

_QUARANTINE_ROWS: Final = 100  # per terminal
_QUARANTINE_BYTES: Final = 4096  # enough to see what it was


class Source(Struct, frozen=True, kw_only=True):
    """Row ids of the terminal and the spool a parcel came from, the spool's own name, and when."""

    terminal: int
    spool: int
    spool_name: str
    now: float


def take(connection: sqlite3.Connection, source: Source, record: Received) -> Verdict:
    """Store one record, or say why not."""
    heartbeat = record.heartbeat
    if heartbeat is None:
        return _rejected(connection, source, record, record.reason)
    if isinstance(heartbeat, Dropped):
        return _verdict(record, _take_range(connection, source, heartbeat))
    outcome = _seen(connection, source, record)
    if outcome == "conflict":
        return _rejected(connection, source, record, "conflict")
    if outcome == "new":
        _insert(connection, source, record, heartbeat)
        return _verdict(record, "stored")
    return _verdict(record, "duplicate")


def trim(connection: sqlite3.Connection, terminal: int, keep: int) -> None:
    """Let go of all but the newest `keep` heartbeats; what they covered stays covered."""
    connection.execute(
        "DELETE FROM record WHERE terminal = ? AND id <="
        " (SELECT id FROM record WHERE terminal = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (terminal, terminal, keep),
    )


def _verdict(record: Received, outcome: Literal["stored", "duplicate"]) -> Verdict:
    return Verdict(sequence=record.sequence, outcome=outcome)


def _seen(
    connection: sqlite3.Connection, source: Source, record: Received
) -> Literal["new", "duplicate", "conflict"]:
    row = connection.execute(
        "SELECT digest FROM record WHERE spool = ? AND sequence = ?", (source.spool, record.sequence)
    ).fetchone()
    if row:
        return "duplicate" if row["digest"] == record.digest else "conflict"
    if not is_covered(connection, source.spool, record.sequence, record.sequence):
        return "new"
    given_up = connection.execute(
        "SELECT 1 FROM dropped WHERE spool = ? AND first <= ? AND through >= ?",
        (source.spool, record.sequence, record.sequence),
    ).fetchone()
    return "new" if given_up else "duplicate"  # covered, but trimmed from the ring since


def _take_range(
    connection: sqlite3.Connection, source: Source, gap: Dropped
) -> Literal["stored", "duplicate"]:
    if is_covered(connection, source.spool, gap.sequence, gap.through):
        return "duplicate"
    connection.execute(
        "INSERT OR IGNORE INTO dropped (spool, first, through, reason, received_at) VALUES (?, ?, ?, ?, ?)",
        (source.spool, gap.sequence, gap.through, gap.reason, source.now),
    )
    cover(connection, source.spool, gap.sequence, gap.through)
    return "stored"


def _insert(
    connection: sqlite3.Connection, source: Source, record: Received, heartbeat: Full | Pulse
) -> None:
    report = heartbeat.report if isinstance(heartbeat, Full) else None
    connection.execute(
        "INSERT INTO record"
        " (terminal, spool, sequence, kind, code, causes, told_at, received_at, digest, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            source.terminal,
            source.spool,
            record.sequence,
            "full" if report else "pulse",
            spelled(report.code) if report else "",
            changes.causes_key(report) if report else None,
            told_at(heartbeat),
            source.now,
            record.digest,
            record.body,
        ),
    )
    cover(connection, source.spool, record.sequence, record.sequence)
    if report:
        changes.note(connection, source.spool, record.sequence)


def told_at(heartbeat: Full | Pulse) -> float:
    """Seconds since 1970 by the terminal's clock."""
    return heartbeat.at if isinstance(heartbeat, Pulse) else heartbeat.report.clock.wall


def report_of(record: Received | None) -> Report | None:
    return record.heartbeat.report if record and isinstance(record.heartbeat, Full) else None


def _rejected(connection: sqlite3.Connection, source: Source, record: Received, reason: str) -> Verdict:
    connection.execute(
        "INSERT INTO quarantine (terminal, spool, sequence, reason, received_at, body)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            source.terminal,
            source.spool_name,
            record.sequence,
            reason,
            source.now,
            record.body[:_QUARANTINE_BYTES],
        ),
    )
    connection.execute(
        "DELETE FROM quarantine WHERE terminal = ? AND id <="
        " (SELECT id FROM quarantine WHERE terminal = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (source.terminal, source.terminal, _QUARANTINE_ROWS),
    )
    return Verdict(sequence=record.sequence, outcome="rejected", reason=reason)
