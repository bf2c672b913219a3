"""What a monitoring plug-in says: one line, figures, more lines.

Monitoring Plugins Development Guidelines, sections "Plugin Output for Nagios" and "Performance data".
"""

from __future__ import annotations

import math
import re
from enum import IntEnum
from typing import Final

from msgspec import Struct

_ITEM: Final = re.compile(r"'(?:[^']|'')*+'\S*+|\S++")
_FIGURE: Final = re.compile(
    r"(?:'((?:[^']|''){1,80})'|([^\s='|]{1,80}))=([^\s;]{1,40})(?![^\s;])((?:;[^\s;]{0,80}){0,4})"
)
_VALUE: Final = re.compile(  # a bracket is no unit: behind it something was hidden
    r"(-?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][-+]?[0-9]{1,3})?)([^\d\[]{0,8})"
)
_UNSEEN: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class State(IntEnum):
    """The exit status; every other one means UNKNOWN."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


class Figure(Struct, frozen=True, kw_only=True):
    """One item of performance data; `value` is None for "U" (could not be determined). Ranges as written."""

    label: str
    value: float | None
    unit: str = ""
    warning: str = ""
    critical: str = ""
    minimum: str = ""
    maximum: str = ""


class Output(Struct, frozen=True, kw_only=True):
    """`text` is the first line, control characters made blanks; `details` what follows it."""

    text: str
    details: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()


def parse(output: str) -> Output:
    """Never raises: what is no figure is left out."""
    first, *others = output.rstrip("\n").split("\n")
    text, _, performance = first.partition("|")
    details = []
    for number, line in enumerate(others):
        detail, bar, figures = line.partition("|")
        details.append(_plain(detail))
        if bar:  # from the second bar on all lines are figures
            performance = " ".join([performance, figures, *others[number + 1 :]])
            break
    return Output(text=_plain(text), details=tuple(details), figures=_figures(performance))


def _plain(line: str) -> str:
    return _UNSEEN.sub(" ", line).strip()


def _figures(performance: str) -> tuple[Figure, ...]:
    """Each item from its beginning: a label that is too long is no label from its middle on."""
    items = (_FIGURE.match(item[0]) for item in _ITEM.finditer(performance))
    found = (_figure(*item.groups()) for item in items if item)
    return tuple(figure for figure in found if figure is not None)


def _figure(quoted: str | None, bare: str | None, said: str, rest: str) -> Figure | None:
    """None where the value is no number, a comma in it or infinite."""
    label = _plain(quoted.replace("''", "'") if quoted else bare or "")
    warning, critical, minimum, maximum = [*rest.split(";")[1:], "", "", "", ""][:4]
    ranges = {"warning": warning, "critical": critical, "minimum": minimum, "maximum": maximum}
    if said == "U":
        return Figure(label=label, value=None, **ranges)
    number = _VALUE.fullmatch(said)
    value = float(number[1]) if number else math.inf
    if number is None or not math.isfinite(value):
        return None
    return Figure(label=label, value=value, unit=number[2], **ranges)
