"""Sets a few keys of one table in a TOML file and leaves every other byte of it alone."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping

Value = str | int

_ANY_TABLE = re.compile(r"^\s*\[")
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s#"']+)"""


class EditError(ValueError):
    """The file is written in a way this cannot change safely; nothing was changed."""


def with_values(text: str, table: str, values: Mapping[str, Value]) -> str:
    """The text with `values` in `[table]`. Raise EditError; the result is read back before it is given.

    A new key goes below its commented-out example where there is one, else directly below the heading.
    """
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if "\r\n" in text else "\n"
    start = _heading(lines, table)
    if start is None:
        lines += _new_table(lines, table, newline)
        start = len(lines) - 1
    for key, value in reversed(tuple(values.items())):
        _set(lines, start, key, f"{key} = {_toml(value)}", newline)
    edited = "".join(lines)
    _compare(text, edited, table, values)
    return edited


def _heading(lines: list[str], table: str) -> int | None:
    heading = re.compile(rf"^\s*\[\s*{re.escape(table)}\s*\]\s*(?:#.*)?$")
    return next((number for number, line in enumerate(lines) if heading.match(line)), None)


def _new_table(lines: list[str], table: str, newline: str) -> list[str]:
    ended = not lines or lines[-1].endswith("\n")
    return [*([] if ended else [newline]), *([newline] if lines else []), f"[{table}]{newline}"]


def _set(lines: list[str], start: int, key: str, wanted: str, newline: str) -> None:
    after = start + 1
    end = next((n for n in range(after, len(lines)) if _ANY_TABLE.match(lines[n])), len(lines))
    used = re.compile(rf"^(?P<indent>\s*){re.escape(key)}\s*=\s*{_VALUE}(?P<rest>\s*(?:#.*)?)$", re.DOTALL)
    example = re.compile(rf"^\s*#\s*{re.escape(key)}\s*=")
    for number in range(after, end):
        if found := used.match(lines[number]):
            lines[number] = f"{found['indent']}{wanted}{found['rest']}"
            return
    place = next((n + 1 for n in range(after, end) if example.match(lines[n])), after)
    if not lines[place - 1].endswith("\n"):
        lines[place - 1] += newline
    lines.insert(place, wanted + newline)


def _toml(value: Value) -> str:
    """A JSON string is a TOML basic string, but for DEL, which no port is called."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _compare(before: str, after: str, table: str, values: Mapping[str, Value]) -> None:
    """The only difference the parser sees is the one that was wanted."""
    try:
        wanted = tomllib.loads(before)
        wanted[table] = {**wanted.get(table, {}), **values}
        if tomllib.loads(after) == wanted:
            return
    except (tomllib.TOMLDecodeError, TypeError):
        pass
    keys = ", ".join(f"{key} = {_toml(value)}" for key, value in values.items())
    raise EditError(f"[{table}] is written in a way that cannot be changed from here; set it by hand: {keys}")
