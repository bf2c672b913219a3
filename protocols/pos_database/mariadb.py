"""MariaDB (mariadb.com/kb: set-transaction, aborting-statements, mariadb-error-codes), only ever read.

InnoDB's readers keep no writer waiting; the metadata lock on their tables would meet only a change of them,
and ends with the statement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import pymysql
from pymysql.cursors import DictCursor

from protocols.pos_database.database import MAX_ROWS, DatabaseError, Row, Trouble, Value, plain_row
from protocols.pos_database.patience import Patience
from protocols.pos_database.server import (
    ANSWER_SECONDS,
    CONNECT_SECONDS,
    STATEMENT_SECONDS,
    Server,
    why_not_there,
)
from protocols.pos_database.statement import percented

SESSION: Final = (
    "SET SESSION TRANSACTION READ ONLY",
    # Locks are not waited for: 0 is "at once" since 10.3, before that it becomes a second.
    (
        f"SET SESSION max_statement_time = {STATEMENT_SECONDS:g}, lock_wait_timeout = 0,"
        f" innodb_lock_wait_timeout = 0, sql_select_limit = {MAX_ROWS}, sql_mode = ''"
    ),
)
_ONLY_READ: Final = {"USAGE", "SELECT", "SHOW VIEW", "PROCESS", "REPLICATION CLIENT", "BINLOG MONITOR"}
_PRIVILEGES: Final = re.compile(r"GRANT (.+?) ON ")
_TROUBLES: Final = {
    1040: Trouble.BUSY,  # too many connections
    1203: Trouble.BUSY,
    1226: Trouble.BUSY,
    1205: Trouble.BUSY,  # a lock
    1969: Trouble.TOO_SLOW,  # max_statement_time
    3024: Trouble.TOO_SLOW,
    1142: Trouble.REFUSED,
    1143: Trouble.REFUSED,
    1370: Trouble.REFUSED,
    1792: Trouble.REFUSED,  # a READ ONLY transaction
    1034: Trouble.CORRUPT,
    1194: Trouble.CORRUPT,
    1712: Trouble.CORRUPT,
    1146: Trouble.NO_TABLE,
    1054: Trouble.NO_COLUMN,
}
_LOST: Final = {0, 2006, 2013}
_LOGIN_REFUSED: Final = {1045, 1698, 1044, 3159, 1130, 1129, 4151}
_NO_DATABASE: Final = 1049
_QUOTED: Final = re.compile(r"'([^']*)'")
_TABLE: Final = re.compile(r"`([^`]*)`\s*$|'([^']*)'\s*$")


class MariadbDatabase:
    def __init__(self, server: Server, password: str) -> None:
        """Raise DatabaseError."""
        self._patience = Patience()
        where: dict[str, Any] = (
            {"unix_socket": server.socket} if server.socket else {"host": server.host, "port": server.port}
        )
        try:
            self._connection = pymysql.connect(
                **where,
                user=server.login,
                password=password,
                database=server.name,
                charset="utf8mb4",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=ANSWER_SECONDS,
                write_timeout=ANSWER_SECONDS,
                autocommit=True,
                cursorclass=DictCursor,
                program_name="poshealth",
            )
        except (pymysql.Error, OSError, RuntimeError) as error:
            raise _not_connected(error, server) from None
        try:
            for statement in SESSION:
                self.ask(statement, {})
            self._check_that_it_cannot_write(server.login)
        except DatabaseError:
            self.close()
            raise

    def ask(self, sql: str, values: Mapping[str, Value]) -> list[Row]:
        """As Database.ask. Without a LIMIT of its own the server sends only MAX_ROWS rows."""
        began = self._patience.begin()
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(percented(sql), dict(values))
                return [plain_row(row) for row in cursor.fetchmany(MAX_ROWS)]
        except (pymysql.Error, OSError, UnicodeError, ValueError) as error:
            found = _as_database_error(error)
            if not self._connection.open or _code(error) in _LOST:
                self._patience.lose(found)
                self.close()
            raise found from None
        finally:
            self._patience.end(began)

    def close(self) -> None:
        with suppress(pymysql.Error, OSError):
            self._connection.close()

    def _check_that_it_cannot_write(self, login: str) -> None:
        for row in self.ask("SHOW GRANTS", {}):
            found = _PRIVILEGES.match(str(next(iter(row.values()))))
            granted = re.sub(r"\([^)]*\)", "", found[1]).split(",") if found else []
            if {each.strip() for each in granted} - _ONLY_READ:
                raise DatabaseError(Trouble.MAY_WRITE, f"{login} may write: give a login that can only read")


def _code(error: Exception) -> int:
    code = error.args[0] if isinstance(error, pymysql.Error) and error.args else -1
    return code if isinstance(code, int) else -1


def _not_connected(error: Exception, server: Server) -> DatabaseError:
    code = _code(error)
    if code in _LOGIN_REFUSED:
        return DatabaseError(Trouble.REFUSED, f"the server refuses the login {server.login}")
    if code == _NO_DATABASE:
        return DatabaseError(Trouble.REFUSED, f"no database {server.name}")
    if code in _TROUBLES:
        return DatabaseError(_TROUBLES[code], "the server takes nobody just now")
    if absent := why_not_there(server):
        refused = isinstance(absent, PermissionError)
        return DatabaseError(
            Trouble.REFUSED if refused else Trouble.NOT_THERE, absent.strerror or "nobody listens there"
        )
    if code in {2003, *_LOST} or isinstance(error, TimeoutError):
        return DatabaseError(Trouble.TOO_SLOW, f"the server says nothing for {CONNECT_SECONDS} s")
    return DatabaseError(Trouble.FAILED, f"error {code}" if code >= 0 else "the server speaks otherwise")


def _as_database_error(error: Exception) -> DatabaseError:
    code = _code(error)
    said = str(error.args[1]) if len(error.args) > 1 else ""
    trouble = _TROUBLES.get(code, Trouble.FAILED)
    if code in _LOST:
        return DatabaseError(Trouble.TOO_SLOW, f"the server says nothing for {ANSWER_SECONDS:g} s")
    if trouble in {Trouble.NO_TABLE, Trouble.NO_COLUMN} and (quoted := _QUOTED.search(said)):
        name = quoted[1].partition(".")[2] if trouble is Trouble.NO_TABLE else quoted[1]
        return DatabaseError(trouble, name)
    if code in {1142, 1143}:
        found = _TABLE.search(said)
        return DatabaseError(trouble, f"no right to read {(found[1] or found[2]) if found else ''}".strip())
    return DatabaseError(trouble, f"error {code}" if code >= 0 else "a value that cannot be read")
