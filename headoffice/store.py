"""The only writer: one parcel, one transaction, one answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from headoffice import coverage, drills, questions, records
from headoffice.database import open_to_write, writing
from headoffice.intake import Opened, Received, is_name
from headoffice.records import Source
from vocabulary.wire import Answer, Full, Outage, Pulse, Verdict

Found = TypeVar("Found")

KEPT_HEARTBEATS: Final = 2000  # per terminal: 33 hours at one a minute


class Store:
    """Used from one thread at a time. Every method raises sqlite3.Error; then nothing of it was stored."""

    def __init__(self, path: Path, kept_heartbeats: int = KEPT_HEARTBEATS) -> None:
        self._path = path
        self._kept = kept_heartbeats
        self._connection: sqlite3.Connection | None = open_to_write(path)

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    def receive(self, parcel: Opened, now: float) -> Answer:
        """Return once the commit is on disk. `now` in seconds since 1970 by head office's clock."""
        return self.write(lambda connection: self._take(connection, parcel, now))

    def write(self, change: Callable[[sqlite3.Connection], Found]) -> Found:
        """One transaction; return once its commit is on disk."""
        if self._connection is None:
            self._connection = open_to_write(self._path)
        try:
            with writing(self._connection):
                return change(self._connection)
        except sqlite3.Error:
            self.close()  # after a failed write or sync only a fresh connection shows what is on disk
            raise

    def _take(self, connection: sqlite3.Connection, parcel: Opened, now: float) -> Answer:
        source = _source(connection, parcel.terminal, parcel.spool, now)
        verdicts = _take_each(connection, source, parcel.records)
        taken = [
            record
            for record, verdict in zip(parcel.records, verdicts, strict=True)
            if verdict.outcome != "rejected"
        ]
        _note_contact(connection, source, parcel, taken, verdicts)
        for record in (*taken, *([parcel.newest] if parcel.newest else [])):
            _note_evidence(connection, source.terminal, record)
        for record in taken:
            _note_state(connection, source, record)
        if parcel.newest:
            _note_state(connection, _source_of_newest(connection, source, parcel.newest), parcel.newest)
        records.trim(connection, source.terminal, self._kept)
        return Answer(
            spool=parcel.spool,
            accepted=verdicts,
            stored_through=coverage.stored_through(connection, source.spool),
            needs_full=_needs_full(connection, source, taken),
            answered=questions.answered_here(connection, source.terminal),
        )


def _take_each(
    connection: sqlite3.Connection, source: Source, parcel: tuple[Received, ...]
) -> tuple[Verdict, ...]:
    """From the first conflict on nothing new is taken: it is another till's, and must not mix with these."""
    verdicts: list[Verdict] = []
    parted = False
    for record in parcel:
        verdicts.append(records.take(connection, source, record, parted=parted))
        parted = parted or verdicts[-1].reason == records.CONFLICT
    return tuple(verdicts)


def _source(connection: sqlite3.Connection, name: str, spool_name: str, now: float) -> Source:
    connection.execute(
        "INSERT INTO terminal (name, first_contact, last_contact) VALUES (?1, ?2, ?2)"
        " ON CONFLICT (name) DO NOTHING",
        (name, now),
    )
    terminal = connection.execute("SELECT id FROM terminal WHERE name = ?", (name,)).fetchone()["id"]
    connection.execute(
        "INSERT INTO spool (terminal, name, last_contact) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (terminal, name) DO UPDATE SET last_contact = ?3",
        (terminal, spool_name, now),
    )
    spool = connection.execute(
        "SELECT id FROM spool WHERE terminal = ? AND name = ?", (terminal, spool_name)
    ).fetchone()["id"]
    return Source(terminal=terminal, spool=spool, spool_name=spool_name, now=now)


def _source_of_newest(connection: sqlite3.Connection, source: Source, newest: Received) -> Source:
    """Beside the backlog of an earlier spool rides the state of the present one."""
    report = records.report_of(newest)
    if report is None or not is_name(report.spool_id) or report.spool_id == source.spool_name:
        return source
    (name,) = connection.execute("SELECT name FROM terminal WHERE id = ?", (source.terminal,)).fetchone()
    return _source(connection, name, report.spool_id, source.now)


def _note_contact(
    connection: sqlite3.Connection,
    source: Source,
    parcel: Opened,
    taken: list[Received],
    verdicts: tuple[Verdict, ...],
) -> None:
    conflict_at = source.now if any(verdict.reason == records.CONFLICT for verdict in verdicts) else None
    connection.execute(
        "UPDATE terminal SET last_contact = ?, every_seconds = ?, clock_ahead = coalesce(?, clock_ahead),"
        " conflict_at = coalesce(?, conflict_at) WHERE id = ?",
        (
            source.now,
            parcel.every_seconds,
            _clock_ahead(parcel, taken, source.now),
            conflict_at,
            source.terminal,
        ),
    )


def _clock_ahead(parcel: Opened, taken: list[Received], now: float) -> float | None:
    """The terminal's clock minus ours, from what it said last; None where it said no time."""
    spoken = [
        (record.sequence, records.told_at(record.heartbeat))
        for record in (*taken, *([parcel.newest] if parcel.newest else []))
        if isinstance(record.heartbeat, Full | Pulse | Outage)
    ]
    return max(spoken)[1] - now if spoken else None


def _note_evidence(connection: sqlite3.Connection, terminal: int, record: Received) -> None:
    """What people did: drills, and what they said of causes."""
    report = records.report_of(record)
    if report is None:
        return
    if report.drill:
        drills.note(connection, terminal, report.drill)
    questions.note(connection, terminal, report)


def _note_state(connection: sqlite3.Connection, source: Source, record: Received) -> None:
    """The newest full report is the state; a later spool is newer than any sequence of an earlier one."""
    report = records.report_of(record)
    if report is None:
        return
    done = connection.execute(
        "UPDATE terminal SET state_spool = ?1, state_sequence = ?2, state_received = ?3, state_report = ?4"
        " WHERE id = ?5 AND (state_spool IS NULL OR (state_spool, state_sequence) < (?1, ?2))",
        (source.spool, record.sequence, source.now, msgspec.json.encode(report), source.terminal),
    )
    if done.rowcount:
        questions.is_told(connection, source.terminal, report)


def _needs_full(connection: sqlite3.Connection, source: Source, taken: list[Received]) -> bool:
    """Whether the last pulse leans on a full report that is not the state we have."""
    pulses = [record.heartbeat for record in taken if isinstance(record.heartbeat, Pulse | Outage)]
    if not pulses:
        return False
    last = max(pulses, key=lambda pulse: pulse.sequence)
    state = connection.execute(
        "SELECT state_spool, state_sequence FROM terminal WHERE id = ?", (source.terminal,)
    ).fetchone()
    if state["state_spool"] is None or state["state_spool"] < source.spool:
        return True
    if state["state_spool"] > source.spool or state["state_sequence"] > last.sequence:
        return False
    return bool(state["state_sequence"] != last.unchanged_since)
