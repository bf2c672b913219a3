"""Rows on a terminal: drawn again in place as they change, or once, as plain lines."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, TextIO

from agent.slip.layout import fold
from console.path.rows import Mark, Row

# ECMA-48: CUU, EL, ED and SGR. Nothing else is sent, so that nothing is left to put right.
_UP: Final = "\x1b[{}A"
_REST_OF_LINE: Final = "\x1b[K"
_REST_OF_SCREEN: Final = "\x1b[J"
_COLOURS: Final = {Mark.OK: "\x1b[32m", Mark.FAILING: "\x1b[1;31m", Mark.UNKNOWN: "\x1b[33m"}
_PLAIN: Final = "\x1b[0m"
_GAP: Final = 2
_MARK_CELLS: Final = 4
_HOP_CELLS: Final = 5
_CUT_MARK: Final = " .."
_PIPE_CELLS: Final = 1000  # of a file or pipe: nobody cuts it


class Screen:
    """`show` draws the latest rows over the former ones where that is possible; `finish` draws the last."""

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output or sys.stdout
        self._drawn = 0
        can_move = self._output.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.cells, self._lines = (
            shutil.get_terminal_size() if self._output.isatty() else os.terminal_size((_PIPE_CELLS, 0))
        )
        self.is_live = can_move
        self._colours = _COLOURS if can_move and not os.environ.get("NO_COLOR") else {}

    def show(self, rows: list[Row]) -> None:
        """Nothing where it would scroll: what has left the screen cannot be drawn again."""
        if self.is_live and len(lines_of(rows, self.cells)) < self._lines:
            self._draw(rows)

    def finish(self, rows: list[Row]) -> None:
        self._draw(rows)
        self._drawn = 0

    def say(self, lines: Iterable[str]) -> None:
        print("\n".join(lines), file=self._output)

    def folded(self, text: str, indent: str = "") -> list[str]:
        """Between words, where somebody looks; a file gets the line whole."""
        if not self._output.isatty():
            return [indent + text]
        return [indent + line for line in fold(text, max(20, self.cells - len(indent) - 1))]

    def _draw(self, rows: list[Row]) -> None:
        up = _UP.format(self._drawn) if self._drawn else ""
        lines = list(lines_of(rows, self.cells))
        end = _REST_OF_LINE if self.is_live else ""
        drawn = "".join(f"{self._coloured(mark)}{text}{end}\n" for mark, text in lines)
        self._output.write(f"{up}{drawn}{_REST_OF_SCREEN if self.is_live else ''}")
        self._output.flush()
        self._drawn = len(lines)

    def _coloured(self, mark: Mark) -> str:
        text = f" {mark:<{_MARK_CELLS - 1}}"
        return f"{self._colours[mark]}{text}{_PLAIN}" if mark in self._colours else text


def lines_of(rows: list[Row], cells: int) -> list[tuple[Mark, str]]:
    """Mark and text of every line, none wider than `cells`.

    The reference stands beside the asked port where both fit, else below it where it differs.
    """
    label = max((_width(row.label) for row in rows if not row.is_hop), default=0) + _GAP
    detail = max((_width(row.detail) for row in rows if row.is_hop), default=0) + _GAP
    beside = max((_width(row.beside) for row in rows), default=0)
    is_wide = _MARK_CELLS + _HOP_CELLS + detail + beside < cells
    return [
        (mark, _cut(text, cells - _MARK_CELLS - 1))
        for row in rows
        for mark, text in _lines(row, label, detail if is_wide else 0)
    ]


def _lines(row: Row, label: int, detail: int) -> Iterator[tuple[Mark, str]]:
    """Below, the reference says only what differs."""
    start = _padded(row.label, _HOP_CELLS if row.is_hop else label)
    if detail or row.beside in ("", row.detail) or not row.is_hop:
        beside = row.beside if detail else ""
        yield row.mark, (start + _padded(row.detail, detail) + beside).rstrip()
    elif not row.detail:
        yield row.mark, start + " " * _GAP + row.beside
    else:
        yield row.mark, start + row.detail
        yield Mark.NONE, " " * (_HOP_CELLS + _GAP) + row.beside


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _padded(text: str, cells: int) -> str:
    return text + " " * max(0, cells - _width(text))


def _cut(text: str, cells: int) -> str:
    if _width(text) <= cells:
        return text
    while _width(text) > cells - len(_CUT_MARK):
        text = text[:-1]
    return text.rstrip() + _CUT_MARK
