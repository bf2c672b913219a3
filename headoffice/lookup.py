"""What the database holds, for a page to show. Nothing here writes."""

from __future__ import annotations

import sqlite3
from typing import TypeVar

import msgspec
from msgspec import Struct

from headoffice import drills, questions
from headoffice.coverage import stored_through
from headoffice.drills import Rehearsal
from headoffice.questions import Asked, Tally
from headoffice.read_aloud import spelled
from vocabulary.absence import Absence, Closing
from vocabulary.report import Diagnosis, Drill, Identity, Report
from vocabulary.wire import Full

T = TypeVar("T")

_HEARTBEATS_SHOWN = 50
_CHANGES_SHOWN = 50


class Glance(Struct, frozen=True, kw_only=True):
    """The part of a report a list of terminals needs; the rest is skipped, not decoded."""

    identity: Identity
    code: str
    diagnosis: Diagnosis
    absences: tuple[Absence, ...] = ()
    closing: Closing | None = None
    drill: Drill | None = None


class Entry(Struct, frozen=True, kw_only=True):
    """A terminal as last heard; `glance` is None before its first full report, or where it cannot be read."""

    terminal: str
    first_contact: float
    last_contact: float
    every_seconds: float
    clock_ahead: float
    conflict_at: float | None
    sequence: int
    received: float
    glance: Glance | None


class Change(Struct, frozen=True, kw_only=True):
    """From here on these were the causes; `titles` by language, empty where all was well."""

    told_at: float
    received_at: float
    titles: dict[str, list[str]]


class Beat(Struct, frozen=True, kw_only=True):
    spool: str
    sequence: int
    kind: str
    told_at: float
    received_at: float


class Gap(Struct, frozen=True, kw_only=True):
    spool: str
    first: int
    through: int
    reason: str


class Outage(Struct, frozen=True, kw_only=True):
    """A time in which the terminal could not reach head office; its rounds are here, none is missing.

    `began` and `ended` in seconds since 1970 by the terminal's clock.
    """

    spool: str
    first: int
    through: int
    began: float
    ended: float
    cause: str
    rounds: int


class Series(Struct, frozen=True, kw_only=True):
    """One spool of the terminal; more than one at the same time is a copied till, or a restored backup."""

    spool: str
    stored_through: int
    last_contact: float


class Rejected(Struct, frozen=True, kw_only=True):
    spool: str
    sequence: int
    reason: str
    received_at: float


class Story(Struct, frozen=True, kw_only=True):
    """All there is about one terminal; newest first."""

    entry: Entry
    report: Report | None
    spool: str
    stored_through: int
    changes: list[Change]
    heartbeats: list[Beat]
    gaps: list[Gap]
    outages: list[Outage]
    series: list[Series]
    rejected: list[Rejected]
    drills: list[Rehearsal]
    asked: list[Asked]
    tallies: list[Tally]


class EarlierReport(Struct, frozen=True, kw_only=True):
    """Where a read-aloud code was found that is no longer the terminal's current one."""

    terminal: str
    told_at: float


def entries(connection: sqlite3.Connection) -> list[Entry]:
    return [_entry(row) for row in connection.execute("SELECT * FROM terminal")]


def story(connection: sqlite3.Connection, terminal: str) -> Story | None:
    row = connection.execute("SELECT * FROM terminal WHERE name = ?", (terminal,)).fetchone()
    if row is None:
        return None
    spool = connection.execute(
        "SELECT id, name FROM spool WHERE terminal = ? ORDER BY id DESC LIMIT 1", (row["id"],)
    ).fetchone()
    return Story(
        entry=_entry(row),
        report=_decoded(row["state_report"], Report),
        spool=spool["name"],
        stored_through=stored_through(connection, spool["id"]),
        changes=_changes(connection, row["id"]),
        heartbeats=_heartbeats(connection, row["id"]),
        gaps=_gaps(connection, row["id"]),
        outages=_outages(connection, row["id"]),
        series=_series(connection, row["id"]),
        rejected=_rejected(connection, row["id"]),
        drills=drills.of_terminal(connection, row["id"]),
        asked=questions.of_terminal(connection, row["id"]),
        tallies=questions.tallies(connection, row["id"]),
    )


def report_by_code(connection: sqlite3.Connection, terminal: str, code: str) -> Report | None:
    """An earlier report still in the ring."""
    row = connection.execute(
        "SELECT body FROM record JOIN terminal ON terminal.id = record.terminal"
        " WHERE terminal.name = ? AND code = ? ORDER BY record.id DESC LIMIT 1",
        (terminal, spelled(code)),
    ).fetchone()
    full = _decoded(row["body"], Full) if row else None
    return full.report if full else None


def earlier_reports(connection: sqlite3.Connection, code: str) -> list[EarlierReport]:
    rows = connection.execute(
        "SELECT terminal.name, max(told_at) AS told_at FROM record"
        " JOIN terminal ON terminal.id = record.terminal"
        " WHERE code = ? GROUP BY terminal.name ORDER BY told_at DESC LIMIT 20",
        (spelled(code),),
    )
    return [EarlierReport(terminal=row["name"], told_at=row["told_at"]) for row in rows]


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        terminal=row["name"],
        first_contact=row["first_contact"],
        last_contact=row["last_contact"],
        every_seconds=row["every_seconds"],
        clock_ahead=row["clock_ahead"],
        conflict_at=row["conflict_at"],
        sequence=row["state_sequence"] or 0,
        received=row["state_received"] or 0.0,
        glance=_decoded(row["state_report"], Glance),
    )


def _decoded(body: bytes | None, kind: type[T]) -> T | None:
    """None where an older head office stored what this one no longer reads: one such row hides no other."""
    if body is None:
        return None
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        return None


def _changes(connection: sqlite3.Connection, terminal: int) -> list[Change]:
    rows = connection.execute(
        "SELECT told_at, received_at, titles FROM change WHERE terminal = ?"
        " ORDER BY spool DESC, sequence DESC LIMIT ?",
        (terminal, _CHANGES_SHOWN),
    )
    return [
        Change(
            told_at=row["told_at"],
            received_at=row["received_at"],
            titles=msgspec.json.decode(row["titles"], type=dict[str, list[str]]),
        )
        for row in rows
    ]


def _heartbeats(connection: sqlite3.Connection, terminal: int) -> list[Beat]:
    rows = connection.execute(
        "SELECT spool.name AS spool, sequence, kind, told_at, received_at FROM record"
        " JOIN spool ON spool.id = record.spool WHERE record.terminal = ?"
        " ORDER BY record.spool DESC, sequence DESC LIMIT ?",
        (terminal, _HEARTBEATS_SHOWN),
    )
    return [Beat(**dict(row)) for row in rows]


def _gaps(connection: sqlite3.Connection, terminal: int) -> list[Gap]:
    rows = connection.execute(
        "SELECT spool.name AS spool, first, through, reason FROM dropped"
        " JOIN spool ON spool.id = dropped.spool WHERE spool.terminal = ?"
        " ORDER BY dropped.received_at DESC LIMIT 20",
        (terminal,),
    )
    return [Gap(**dict(row)) for row in rows]


def _outages(connection: sqlite3.Connection, terminal: int) -> list[Outage]:
    rows = connection.execute(
        "SELECT spool.name AS spool, first, through, began, ended, cause, through - first + 1 AS rounds"
        " FROM outage JOIN spool ON spool.id = outage.spool WHERE spool.terminal = ?"
        " ORDER BY outage.spool DESC, first DESC LIMIT 20",
        (terminal,),
    )
    return [Outage(**dict(row)) for row in rows]


def _series(connection: sqlite3.Connection, terminal: int) -> list[Series]:
    rows = connection.execute(
        "SELECT id, name, last_contact FROM spool WHERE terminal = ? ORDER BY id DESC LIMIT 10", (terminal,)
    )
    return [
        Series(
            spool=row["name"],
            stored_through=stored_through(connection, row["id"]),
            last_contact=row["last_contact"],
        )
        for row in rows
    ]


def _rejected(connection: sqlite3.Connection, terminal: int) -> list[Rejected]:
    rows = connection.execute(
        "SELECT spool, sequence, reason, received_at FROM quarantine WHERE terminal = ?"
        " ORDER BY id DESC LIMIT 20",
        (terminal,),
    )
    return [Rejected(**dict(row)) for row in rows]
