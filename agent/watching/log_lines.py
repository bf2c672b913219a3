"""A POS application's log, watched for the lines that matter at once: not each sale, but what goes wrong."""

from __future__ import annotations

import contextlib
import fnmatch
from pathlib import Path
from typing import Final

from probes.settlement.lines import Happening, Lines, Reader

AT_ONCE: Final[frozenset[Happening]] = frozenset(
    {"receipt_failed", "settlement_begun", "settlement_failed", "settled", "slip_asked"}
)
MOST_BYTES: Final = 64 << 10  # of one look; a log that grows faster is left to polling


class WatchedLog:
    """`pattern` as "/var/log/pos/pos*.log", `probes` to run when it says something."""

    def __init__(self, pattern: Path, lines: Lines, probes: tuple[str, ...]) -> None:
        self.folder = pattern.parent
        self.probes = probes
        self._wanted = pattern.name
        self._encoding = lines.encoding
        self._reader = Reader(lines, None)
        self._ends: dict[Path, int] = {}

    def begin(self) -> None:
        """What stands there already is the next round's."""
        self._ends = {}
        for path in self._paths():
            with contextlib.suppress(OSError):
                self._ends[path] = path.stat().st_size

    def says_something(self) -> bool:
        return any([self._look(path) for path in self._paths()])  # noqa: C419  each file's end is to be noted

    def _look(self, path: Path) -> bool:
        with contextlib.suppress(OSError), path.open("rb") as file:
            begin = self._ends.get(path, 0)
            begin = begin if begin <= path.stat().st_size else 0  # truncated: rotated by copying
            file.seek(begin)
            read = file.read(MOST_BYTES)
            whole, newline, _ = read.rpartition(b"\n")
            self._ends[path] = begin + (len(whole) + 1 if newline else len(read) // MOST_BYTES * MOST_BYTES)
            lines = whole.decode(self._encoding, "replace").splitlines()
            return any((event := self._reader.event(line)) and event.what in AT_ONCE for line in lines)
        return False

    def _paths(self) -> list[Path]:
        with contextlib.suppress(OSError):
            return [path for path in self.folder.iterdir() if fnmatch.fnmatchcase(path.name, self._wanted)]
        return []
