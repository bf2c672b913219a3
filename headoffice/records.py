"""Each heartbeat once, by terminal, spool and sequence."""

from __future__ import annotations

import sqlite3
from typing import Final, Literal

from msgspec import Struct

from headoffice import changes
from headoffice.coverage import cover, is_covered, uncovered
from headoffice.intake import Received
from headoffice.read_aloud import spelled
from vocabulary.report import Report
from vocabulary.wire import Dropped, Full, Outage, Pulse, Verdict

CONFLICT: Final = "conflict"
_OUTAGES_KEPT: Final = 500  # per terminal
_QUARANTINE_ROWS: Final = 100  # per terminal
_QUARANTINE_BYTES: Final = 4096  # enough to see what it was


class Source(Struct, frozen=True, kw_only=True):
    """Row ids of the terminal and the spool a parcel came from, the spool's own name, and when."""

    terminal: int
    spool: int
    spool_name: str
    now: float


def take(
    connection: sqlite3.Connection, source: Source, record: Received, *, parted: bool = False
) -> Verdict:
    """Store one record, or say why not. `parted`: an earlier one of its parcel was a conflict."""
    heartbeat = record.heartbeat
    if heartbeat is None:
        return _rejected(connection, source, record, record.reason)
    if isinstance(heartbeat, Outage) and _is_anothers(connection, source, heartbeat):
        return _rejected(connection, source, record, CONFLICT)
    if isinstance(heartbeat, Dropped | Outage) and not parted:
        return _verdict(record, _take_range(connection, source, heartbeat))
    outcome = _seen(connection, source, record)
    if outcome == "conflict" or (parted and outcome == "new"):
        return _rejected(connection, source, record, CONFLICT)
    if outcome == "new" and isinstance(heartbeat, Full | Pulse):
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
    connection: sqlite3.Connection, source: Source, heartbeat: Dropped | Outage
) -> Literal["stored", "duplicate"]:
    first, through = heartbeat.sequence, heartbeat.through
    missing = uncovered(connection, source.spool, first, through)
    if not missing:
        return "duplicate"
    if isinstance(heartbeat, Outage):
        _insert_outage(connection, source, heartbeat)
    else:
        connection.executemany(
            "INSERT INTO dropped (spool, first, through, reason, received_at) VALUES (?, ?, ?, ?, ?)",
            [(source.spool, *each, heartbeat.reason, source.now) for each in missing],
        )
    cover(connection, source.spool, first, through)
    return "stored"


def _is_anothers(connection: sqlite3.Connection, source: Source, outage: Outage) -> bool:
    """Whether other heartbeats stand where these rounds should: an outage grows over nothing but itself."""
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM record WHERE spool = ?1 AND sequence BETWEEN ?2 AND ?3)"
        " OR EXISTS (SELECT 1 FROM outage WHERE spool = ?1 AND first <= ?3 AND through >= ?2"
        " AND (first, began) <> (?2, ?4))",
        (source.spool, outage.sequence, outage.through, outage.began),
    ).fetchone()
    return bool(row[0])


def _insert_outage(connection: sqlite3.Connection, source: Source, outage: Outage) -> None:
    """One that goes on takes the place of its shorter self, whose answer was lost on the way."""
    connection.execute(
        "INSERT OR REPLACE INTO outage (spool, first, through, began, ended, cause, received_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            source.spool,
            outage.sequence,
            outage.through,
            outage.began,
            outage.ended,
            outage.cause,
            source.now,
        ),
    )
    connection.execute(
        "DELETE FROM outage WHERE spool IN (SELECT id FROM spool WHERE terminal = ?) AND (spool, first) <="
        " (SELECT spool, first FROM outage WHERE spool IN (SELECT id FROM spool WHERE terminal = ?)"
        " ORDER BY spool DESC, first DESC LIMIT 1 OFFSET ?)",
        (source.terminal, source.terminal, _OUTAGES_KEPT),
    )


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


def told_at(heartbeat: Full | Pulse | Outage) -> float:
    """Seconds since 1970 by the terminal's clock."""
    match heartbeat:
        case Pulse():
            return heartbeat.at
        case Outage():
            return heartbeat.ended
        case Full():
            return heartbeat.report.clock.wall


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
