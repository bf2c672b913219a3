"""Statements with `:name` in place of values, as each driver wants them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

# What looks like a name and is none: text, quoted names, comments, PostgreSQL's casts (`a::date`).
_PART: Final = re.compile(
    r"""'(?:[^']|'')*'|"[^"]*"|`[^`]*`|--[^\n]*|/\*.*?\*/|::|(?<![\w:]):(?P<name>[a-z_]+)""", re.DOTALL
)
_READS: Final = re.compile(r"\s*(?:SELECT|WITH)\b", re.IGNORECASE)
_EVERY_COLUMN: Final = re.compile(r"(?:\bSELECT|[,.])\s*\*", re.IGNORECASE)
_TABLE: Final = re.compile(r"\b(?:FROM|JOIN)\s+([\w.\"`]+(?: \w+`)?)", re.IGNORECASE)


def check_reads(sql: str) -> None:
    """Raise ValueError for what is not one SELECT."""
    if not _READS.match(sql):
        raise ValueError("begins neither with SELECT nor with WITH")
    if ";" in _PART.sub("", sql):
        raise ValueError("is more than one statement")


def names(sql: str) -> set[str]:
    return {part["name"] for part in _PART.finditer(sql) if part["name"]}


def tells(sql: str, column: str) -> bool:
    """Whether its rows have this column, or every column there is."""
    return bool(re.search(rf"\b{re.escape(column)}\b", sql) or _EVERY_COLUMN.search(sql))


def numbered(sql: str) -> tuple[str, list[str]]:
    """`$1` in place of the first name, as PostgreSQL's protocol has it; and the names in this order."""
    order: list[str] = []

    def place(name: str) -> str:
        if name not in order:
            order.append(name)
        return f"${order.index(name) + 1}"

    return _rewritten(sql, place), order


def percented(sql: str) -> str:
    """`%(name)s` in place of names, every other percent sign doubled (PEP 249, pyformat)."""
    escaped = sql.replace("%", "%%")
    return _rewritten(escaped, lambda name: f"%({name})s")


def tables(sql: str) -> list[str]:
    """Names after FROM and JOIN, without quotes and schema."""
    return [name.replace('"', "").replace("`", "").rpartition(".")[2] for name in _TABLE.findall(sql)]


def _rewritten(sql: str, place: Callable[[str], str]) -> str:
    return _PART.sub(lambda part: place(part["name"]) if part["name"] else part[0], sql)
