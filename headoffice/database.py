"""One SQLite file: WAL and synchronous=FULL, so that what was answered for survives a power cut."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SCHEMA_VERSION: Final = 3
BUSY_SECONDS: Final = 2.0  # a terminal waits 10 s or more for its answer: leave it time for a 503
_FULL: Final = 2  # sqlite.org/pragma.html#pragma_synchronous
# From which version, by which files of this folder.
_STEPS: Final = {
    0: ("schema.sql",),
    1: ("schema-1-to-2.sql", "schema-2-to-3.sql"),
    2: ("schema-2-to-3.sql",),
}


class WrongDatabaseError(Exception):
    """The file belongs to another version of head office, or its durability could not be set."""


def open_to_write(path: Path) -> sqlite3.Connection:
    """Raise sqlite3.Error or WrongDatabaseError; makes the tables where the file is new."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, inside one transaction: a page shows one moment."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA query_only = ON")
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        yield connection
    finally:
        connection.close()


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; on return the commit is on disk."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _prepare(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    durable = connection.execute("PRAGMA synchronous").fetchone()[0] == _FULL
    if mode != "wal" or not durable:
        raise WrongDatabaseError("the database file's folder does not allow write-ahead logging")
    with writing(connection):
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version in _STEPS:
            for step in _STEPS[version]:
                _execute(connection, Path(__file__).with_name(step))
        elif version != SCHEMA_VERSION:
            raise WrongDatabaseError(
                f"the database has schema {version}, this head office knows {SCHEMA_VERSION}"
            )


def _execute(connection: sqlite3.Connection, step: Path) -> None:
    for statement in step.read_text(encoding="utf-8").split(";"):
        connection.execute(statement)
