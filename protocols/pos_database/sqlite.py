"""SQLite's file, beside the application that writes it (sqlite.org: lockingv3, wal, c3ref/progress_handler).

In rollback mode a reader's SHARED lock keeps the writer from its commit, so a statement is broken off before
it holds one for LOCK_SECONDS; in WAL mode readers and writers do not meet.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

from protocols.pos_database.database import MAX_ROWS, DatabaseError, Row, Trouble, Value

LOCK_SECONDS: Final = 0.004
WAL_SECONDS: Final = 1.0
_STEPS: Final = 200  # virtual machine instructions between two looks at the clock: some 20 us
_WAL_VERSION: Final = 2  # bytes 18 and 19 of the file (sqlite.org/fileformat2.html, 1.3.3)
_TROUBLES: Final = {
    sqlite3.SQLITE_PERM: Trouble.REFUSED,
    sqlite3.SQLITE_AUTH: Trouble.REFUSED,
    sqlite3.SQLITE_BUSY: Trouble.BUSY,
    sqlite3.SQLITE_LOCKED: Trouble.BUSY,
    sqlite3.SQLITE_INTERRUPT: Trouble.TOO_SLOW,
    sqlite3.SQLITE_CORRUPT: Trouble.CORRUPT,
    sqlite3.SQLITE_NOTADB: Trouble.CORRUPT,
    sqlite3.SQLITE_CANTOPEN: Trouble.REFUSED,  # it was there a moment ago, or its WAL cannot be shared
    sqlite3.SQLITE_READONLY: Trouble.REFUSED,
    sqlite3.SQLITE_IOERR: Trouble.FAILED,
}


class SqliteDatabase:
    """`may_lock`: the POS waits for a lock, or the store is closed; needed in rollback mode only."""

    def __init__(self, path: Path, *, may_lock: bool) -> None:
        """Raise DatabaseError."""
        self.uses_wal = _uses_wal(path)
        if not (self.uses_wal or may_lock):
            raise DatabaseError(Trouble.NOT_NOW, "the busy timeout of the POS application is not known")
        # A WAL file that nobody has open cannot be shared by who may not write beside it; it lies still, too.
        self._lies_still = _mark(path) if self.uses_wal and not _has_wal(path) else None
        self._path = path
        self._seconds = WAL_SECONDS if self.uses_wal else LOCK_SECONDS
        self._until = 0.0
        self._connection = _connected(path, immutable=self._lies_still is not None)
        self._connection.set_progress_handler(self._is_over, _STEPS)

    def ask(self, sql: str, values: Mapping[str, Value]) -> list[Row]:
        """As Database.ask; the lock is held from here to the return and no longer."""
        self._until = time.monotonic() + self._seconds
        try:
            with closing(self._connection.cursor()) as cursor:
                cursor.execute(sql, {name: _plain(value) for name, value in values.items()})
                rows = cursor.fetchmany(MAX_ROWS)
        except sqlite3.Error as error:
            self._check_that_it_lay_still()
            raise _as_database_error(error) from None
        self._check_that_it_lay_still()
        return [dict(row) for row in rows]

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()

    def _check_that_it_lay_still(self) -> None:
        """Raise DatabaseError where the application has opened it since: then what was read may be torn."""
        if self._lies_still and (_has_wal(self._path) or _mark(self._path) != self._lies_still):
            raise DatabaseError(Trouble.BUSY, "the POS application has just opened it")

    def _is_over(self) -> bool:
        return time.monotonic() > self._until


def _connected(path: Path, *, immutable: bool) -> sqlite3.Connection:
    """Raise DatabaseError."""
    address = f"file:{quote(str(path))}?mode=ro{'&immutable=1' if immutable else ''}"
    try:
        connection = sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise _as_database_error(error) from None
    connection.row_factory = sqlite3.Row
    connection.text_factory = _decoded
    try:
        connection.execute("PRAGMA query_only = 1")
    except sqlite3.Error as error:
        connection.close()
        raise _as_database_error(error) from None
    return connection


def _decoded(text: bytes) -> str:
    """SQLite never checks that TEXT is UTF-8, and what is not may be anything."""
    return text.decode("utf-8", "backslashreplace")


def _uses_wal(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(20)
    except PermissionError:
        raise DatabaseError(Trouble.REFUSED, "no right to read the file") from None
    except OSError as error:
        raise DatabaseError(Trouble.NOT_THERE, error.strerror or "cannot be read") from None
    if head and not head.startswith(b"SQLite format 3\0"):
        raise DatabaseError(Trouble.CORRUPT, "this is no SQLite file")
    return head[18:20] == bytes((_WAL_VERSION, _WAL_VERSION))


def _has_wal(path: Path) -> bool:
    return path.with_name(f"{path.name}-wal").exists()


def _mark(path: Path) -> tuple[int, int]:
    """Raise DatabaseError."""
    try:
        found = path.stat()
    except OSError:
        raise DatabaseError(Trouble.BUSY, "the POS application has just moved it") from None
    return found.st_mtime_ns, found.st_size


def _plain(value: Value) -> str | int | float | bytes | None:
    return value if isinstance(value, str | int | float | bytes) or value is None else str(value)


def _as_database_error(error: sqlite3.Error) -> DatabaseError:
    said = str(error)
    for words, trouble in (("no such column: ", Trouble.NO_COLUMN), ("no such table: ", Trouble.NO_TABLE)):
        if said.startswith(words):
            return DatabaseError(trouble, said.removeprefix(words))
    # An error of the driver's own has none, and its words may hold a value.
    name = getattr(error, "sqlite_errorname", "a value that cannot be read")
    if name.startswith("SQLITE_IOERR_SHM"):
        return DatabaseError(Trouble.BUSY, "the POS application opens or closes it just now")
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code (sqlite.org/rescode.html)
    return DatabaseError(_TROUBLES.get(code, Trouble.FAILED), name)
