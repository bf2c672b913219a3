"""Which line of a TOML file a value stands on; tomllib does not say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

Path = tuple[str | int, ...]

_TABLE = re.compile(r"^\s*\[(?P<array>\[)?\s*(?P<name>[^\[\]]+?)\s*\]")
_ELEMENT = re.compile(r"^\s*\{")
_KEY = re.compile(r"""^\s*(?P<name>(?:[\w.-]+|"[^"]*"|'[^']*')(?:\s*\.\s*[\w-]+)*)\s*=""")


def lines_of(text: str) -> dict[Path, int]:
    """Path of keys and array indices -> line number from 1, for what stands at the start of a line."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    array: Path = ()
    elements = 0  # of `array`, so far
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.match(line):
            table = _resolve(_names(header["name"]), counts, is_array=bool(header["array"]))
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            array = table + _names(key["name"])
            found.setdefault(array, number)
            elements = line.count("{")
        elif _ELEMENT.match(line):
            found.setdefault((*array, elements), number)
            elements += line.count("{")
    return found


def line_of(path: Path, lines: Mapping[Path, int]) -> int:
    """The nearest enclosing line that is known; 1 where none is."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _names(dotted: str) -> Path:
    """The parts of a dotted key, by the real parser: quotes and all."""
    node: object = tomllib.loads(f"{dotted} = 0")
    names: list[str] = []
    while isinstance(node, dict):
        name, node = next(iter(node.items()))
        names.append(name)
    return tuple(names)


def _resolve(names: Path, counts: dict[Path, int], *, is_array: bool) -> Path:
    """Insert the index of the latest element wherever a name is an array of tables."""
    path: Path = ()
    for position, name in enumerate(names):
        path += (name,)
        if is_array and position == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path
