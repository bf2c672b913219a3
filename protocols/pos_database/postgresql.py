"""PostgreSQL (postgresql.org/docs: libpq-connect, sql-declare, errcodes-appendix), only ever read.

Its readers keep no writer waiting (MVCC); a statement's shared lock on its tables would meet only a change of
them, and ends with it.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors
from psycopg.rows import dict_row

from protocols.pos_database.database import MAX_ROWS, DatabaseError, Row, Trouble, Value, plain_row
from protocols.pos_database.patience import Patience
from protocols.pos_database.server import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    STATEMENT_SECONDS,
    Server,
    why_not_there,
)
from protocols.pos_database.statement import numbered, tables

LOCK_MS: Final = 100
NO_FILE: Final = "/nonexistent"  # nobody's ~/.pgpass; of /dev/null libpq would warn on standard error
SESSION: Final = (
    "-c default_transaction_read_only=on"
    f" -c statement_timeout={STATEMENT_SECONDS * 1000:.0f} -c lock_timeout={LOCK_MS}"
    " -c idle_in_transaction_session_timeout=5000"
)
# Of a login that may change a table of anybody's, or a column of one alone, or owns one; also through a view.
# Columns are asked only where they have rights of their own: to go through all takes ten times as long.
_MAY_WRITE: Final = """
SELECT 1 FROM pg_catalog.pg_class AS c WHERE c.relkind IN ('r', 'p', 'v', 'f')
AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') OR EXISTS (
SELECT 1 FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL
AND has_column_privilege(c.oid, a.attnum, 'INSERT, UPDATE'))) LIMIT 1
"""
_DECLARE: Final = "DECLARE asked NO SCROLL CURSOR FOR "
_TROUBLES: Final[dict[type[psycopg.Error], Trouble]] = {
    errors.QueryCanceled: Trouble.TOO_SLOW,
    errors.LockNotAvailable: Trouble.BUSY,
    errors.InsufficientPrivilege: Trouble.REFUSED,
    errors.ReadOnlySqlTransaction: Trouble.REFUSED,
    errors.DataCorrupted: Trouble.CORRUPT,
    errors.IndexCorrupted: Trouble.CORRUPT,
    errors.UndefinedTable: Trouble.NO_TABLE,
    errors.UndefinedColumn: Trouble.NO_COLUMN,
}
_NOT_YET: Final = ("starting up", "shutting down", "too many clients", "connection slots")
_IDENTIFIER: Final = frozenset('."_')
Result = TypeVar("Result")


class PostgresqlDatabase:
    def __init__(self, server: Server, password: str) -> None:
        """Raise DatabaseError."""
        self._patience = Patience()
        try:
            self._connection = _Connection.connect(
                host=server.socket or server.host,
                hostaddr=server.host or None,
                port=server.port,
                user=server.login,
                dbname=server.name,
                password=password or None,
                passfile=NO_FILE,
                connect_timeout=CONNECT_SECONDS,
                tcp_user_timeout=CONNECT_SECONDS * 1000,
                gssencmode="disable",
                application_name="poshealth",
                client_encoding="UTF8",
                options=SESSION,
            )
        except psycopg.Error as error:
            raise _not_connected(error, server) from None
        self._connection.read_only = True
        self._connection.prepare_threshold = None
        try:
            self._check_that_it_cannot_write(server.login)
        except DatabaseError:
            self.close()
            raise

    def ask(self, sql: str, values: Mapping[str, Value]) -> list[Row]:
        """As Database.ask. A cursor's declaration takes a query alone, and only MAX_ROWS rows are sent."""
        began = self._patience.begin()
        statement, names = numbered(sql)
        self._connection.until = began + ANSWER_SECONDS
        cursor = psycopg.RawCursor(self._connection, row_factory=dict_row)
        try:
            cursor.execute(f"{_DECLARE}{statement}".encode(), [values[name] for name in names])
            rows = cursor.execute(f"FETCH {MAX_ROWS} FROM asked".encode()).fetchall()
            return [plain_row(row) for row in rows]
        except (psycopg.Error, UnicodeError, OverflowError, ValueError) as error:
            found = _as_database_error(error, statement)
            if self._connection.closed or isinstance(error, _SilentError):
                self._patience.lose(found)
                self.close()
            raise found from None
        finally:
            with suppress(psycopg.Error):
                self._connection.rollback()
            self._patience.end(began)

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._connection.close()

    def _check_that_it_cannot_write(self, login: str) -> None:
        if self.ask(_MAY_WRITE, {}):
            raise DatabaseError(Trouble.MAY_WRITE, f"{login} may write: give a login that can only read")


class _SilentError(psycopg.OperationalError):
    """The server takes what we send and says nothing."""


class _Connection(psycopg.Connection[Any]):
    """`until`: the moment (monotonic) after which no answer is waited for."""

    until = float("inf")

    def wait(
        self, gen: Generator[Any, Any, Result], interval: float = 0.1, timeout: float | None = None
    ) -> Result:
        del timeout  # of notifications, which nobody waits for
        return super().wait(_bounded(gen, self.until), interval)


def _bounded(gen: Generator[Any, Any, Result], until: float) -> Generator[Any, Any, Result]:
    """As `gen`, which psycopg sends a sign of life every interval."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if time.monotonic() > until:
                gen.close()
                raise _SilentError("no answer")
            wanted = gen.send(ready)
    except StopIteration as over:
        result: Result = over.value
        return result


def _not_connected(error: psycopg.Error, server: Server) -> DatabaseError:
    """What libpq says then has no SQLSTATE, and the server's part of it is in the server's language."""
    said = str(error).rpartition("failed: ")[2]
    if absent := why_not_there(server):
        refused = isinstance(absent, PermissionError)
        return DatabaseError(
            Trouble.REFUSED if refused else Trouble.NOT_THERE, absent.strerror or "nobody listens there"
        )
    if isinstance(error, errors.ConnectionTimeout):
        return DatabaseError(Trouble.TOO_SLOW, f"the server says nothing for {CONNECT_SECONDS} s")
    if any(words in said for words in _NOT_YET):
        return DatabaseError(Trouble.BUSY, "the server takes nobody just now")
    if server.name in said and server.login not in said:
        return DatabaseError(Trouble.REFUSED, f"no database {server.name}")
    return DatabaseError(Trouble.REFUSED, f"the server refuses the login {server.login}")


def _as_database_error(error: Exception, statement: str) -> DatabaseError:
    if isinstance(error, _SilentError):
        return DatabaseError(Trouble.TOO_SLOW, f"the server says nothing for {ANSWER_SECONDS:g} s")
    if not isinstance(error, psycopg.Error) or isinstance(error, psycopg.DataError):
        return DatabaseError(Trouble.FAILED, "a value that cannot be read")
    trouble = _TROUBLES.get(type(error), Trouble.FAILED)
    at = int(error.diag.statement_position or 0) - 1 - len(_DECLARE)
    if trouble in {Trouble.NO_TABLE, Trouble.NO_COLUMN} and at >= 0:
        return DatabaseError(trouble, _identifier(statement[at:]))
    if isinstance(error, errors.InsufficientPrivilege):
        said = error.diag.message_primary or ""
        table = next((name for name in tables(statement) if name in said), "")
        return DatabaseError(trouble, f"no right to read {table}".strip())
    return DatabaseError(trouble, error.sqlstate or "the connection is lost")


def _identifier(text: str) -> str:
    end = next((at for at, each in enumerate(text) if not (each.isalnum() or each in _IDENTIFIER)), len(text))
    return text[:end].replace('"', "")
