"""The settings' sources of the books, opened."""

from __future__ import annotations

from probes.settlement import preset
from probes.settlement.journal import DatabaseSource, Source
from probes.settlement.options import SettlementOptions
from probes.till import Till
from protocols.pos_database.database import Database, DatabaseError, Trouble
from protocols.pos_database.sqlite import SqliteDatabase
from vocabulary.calendar import Calendar


def open_sources(
    options: SettlementOptions, till: Till, calendar: Calendar, now: float
) -> tuple[list[Source], Database]:
    """Raise DatabaseError."""
    database = _open(options, till, may_lock=options.busy_timeout_ms > 0 or not calendar.is_open(now))
    return [DatabaseSource(database, preset.load(options.preset), calendar.zone)], database


def _open(options: SettlementOptions, till: Till, *, may_lock: bool) -> Database:
    match options.address.scheme:
        case "sqlite":
            return SqliteDatabase(till.path(options.address.path), may_lock=may_lock)
        case engine:
            raise DatabaseError(Trouble.NO_DRIVER, f"{engine} is not read yet")
