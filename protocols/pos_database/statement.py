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
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")
_CAST: Final = re.compile(r"::\s*\w+(?:\s+(?:precision|varying|with(?:out)?\s+time\s+zone))?", re.IGNORECASE)
_LISTED: Final = re.compile(
    r"\bSELECT\b(?P<list>.*?)(?:\b(?:FROM|WHERE|GROUP|HAVING|UNION|ORDER|LIMIT)\b|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_ITS_NAME: Final = re.compile(r"(\w+)[\"`]?\s*\Z")
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
    """Whether its outermost SELECT lists this column, in whatever case, or every column there is."""
    return not {column, "*"}.isdisjoint(_listed(sql))


def _listed(sql: str) -> set[str]:
    """Names of columns in lower case; "*" for every one."""
    outer = _PART.sub(_without_text, sql)
    while (shorter := _IN_BRACKETS.sub(" ", outer)) != outer:
        outer = shorter
    found = _LISTED.search(_CAST.sub("", outer))
    items = [each.rstrip() for each in found["list"].split(",")] if found else []
    named = [_ITS_NAME.search(each) for each in items]
    stars = {"*" for each in items if each.endswith("*")}
    return stars | {each[1].lower() for each in named if each}


def _without_text(part: re.Match[str]) -> str:
    """Comments, text and values taken out; a quoted name of one word stays."""
    is_name = part[0][0] in '"`' and part[0][1:-1].isidentifier()
    return part[0] if is_name or part[0] == "::" else " "


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
