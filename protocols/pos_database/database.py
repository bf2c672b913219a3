"""A POS application's database, read only: one statement at a time, bounded in time and rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from vocabulary.redaction import shortened

MAX_ROWS: Final = 50

Value = str | int | float | Decimal | datetime | date | time | bytes | None
Row = dict[str, Value]


class Trouble(StrEnum):
    """Why a statement has no answer. NOT_NOW: asking could disturb the POS application; MAY_WRITE: the
    login has more rights than to read; UNSAFE: its password does not lie as it should.
    """

    NOT_THERE = "not-there"
    REFUSED = "refused"
    MAY_WRITE = "may-write"
    UNSAFE = "unsafe"
    CORRUPT = "corrupt"
    BUSY = "busy"
    TOO_SLOW = "too-slow"
    NOT_NOW = "not-now"
    NO_TABLE = "no-table"
    NO_COLUMN = "no-column"
    NO_DRIVER = "no-driver"
    FAILED = "failed"


class DatabaseError(Exception):
    """`detail` is short English: a table's or column's name, an error's code; never a value."""

    def __init__(self, trouble: Trouble, detail: str) -> None:
        super().__init__(f"{trouble}: {detail}")
        self.trouble = trouble
        self.detail = shortened(detail, 120)


class Database(Protocol):
    """One connection."""

    def ask(self, sql: str, values: Mapping[str, Value]) -> list[Row]:
        """At most MAX_ROWS rows of a statement with `:name` in place of values. Raise DatabaseError."""
        ...

    def close(self) -> None: ...


def plain_row(row: Mapping[str, object]) -> Row:
    """What drivers give beside `Value` made one: intervals text, bytes text with escapes."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: object) -> Value:
    match value:
        case Decimal():
            return float(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).decode("utf-8", "backslashreplace")
        case str() | int() | float() | date() | time() | None:
            return value
        case timedelta():
            return str(value)
        case _:
            return repr(value)
