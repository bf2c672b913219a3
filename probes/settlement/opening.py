"""The database of the books, opened as the settings say."""

from __future__ import annotations

import stat
from typing import Final

from msgspec.structs import replace

from probes.settlement.options import SettlementOptions
from probes.till import Till
from protocols.pos_database.database import Database, DatabaseError, Trouble
from protocols.pos_database.server import Server
from protocols.pos_database.sqlite import SqliteDatabase

LONGEST_PASSWORD: Final = 1024  # bytes


def open_database(options: SettlementOptions, till: Till, *, may_lock: bool) -> Database:
    """Raise DatabaseError."""
    if options.address.scheme == "sqlite":
        return SqliteDatabase(till.path(options.address.path), may_lock=may_lock)
    server = options.server
    if server.socket:
        server = replace(server, socket=str(till.path(server.socket)))
    return _connect(server, _password(options.password_file, till))


def _connect(server: Server, password: str) -> Database:
    """A driver is loaded in the child that asks, and nowhere else."""
    try:
        if server.engine == "postgresql":
            from protocols.pos_database.postgresql import PostgresqlDatabase  # noqa: PLC0415

            return PostgresqlDatabase(server, password)
        from protocols.pos_database.mariadb import MariadbDatabase  # noqa: PLC0415

        return MariadbDatabase(server, password)
    except ImportError:
        raise DatabaseError(
            Trouble.NO_DRIVER, f"no driver for {server.engine}: run tools/install again"
        ) from None


def _password(path: str, till: Till) -> str:
    """Without the newline an editor leaves; "" where none is set. Raise DatabaseError."""
    if not path:
        return ""
    try:
        if stat.S_IMODE(till.stat(path).st_mode) & 0o077:
            raise DatabaseError(Trouble.UNSAFE, f"others may read it: chmod 600 {path}")
        return till.read_bytes(path)[:LONGEST_PASSWORD].decode().strip("\r\n")
    except PermissionError:
        raise DatabaseError(Trouble.REFUSED, "no right to read password_file") from None
    except (OSError, UnicodeDecodeError):
        raise DatabaseError(Trouble.UNSAFE, f"cannot be read: {path}") from None
