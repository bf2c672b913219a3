"""Books told by log lines: read on from where the last round stopped, kept as a tally."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Final

import msgspec
from msgspec import Struct

from probes.memory import Memory
from probes.settlement.lines import Happening, Lines, Reader
from probes.settlement.matching_files import Found, matching_files
from probes.settlement.questions import (
    Closing,
    LastReceipt,
    OpenBatch,
    OrderSlips,
    Question,
    Settled,
    Unprinted,
)
from probes.settlement.tally import Open, Tally
from probes.till import Till
from protocols.pos_database.database import DatabaseError, Row, Trouble

BYTES_A_ROUND: Final = 4 << 20  # some 40,000 lines; what is beyond waits for the next round
SILENT_DAYS: Final = 2  # a store's weekend, on which its POS writes and nobody sells
_KEY: Final = "log"
_TOLD_BY: Final[Mapping[type[Question], frozenset[Happening]]] = {
    Settled: frozenset({"settled"}),
    OpenBatch: frozenset({"sale", "settled"}),
    Closing: frozenset({"settled"}),
    Unprinted: frozenset({"sale", "receipt"}),
    LastReceipt: frozenset({"sale"}),
    OrderSlips: frozenset({"slip_asked", "slip_made"}),
}
_COLUMN_TOLD_BY: Final[Mapping[tuple[type[Question], str], Happening]] = {
    (Closing, "since_at"): "settlement_begun",
    (Closing, "has_failed"): "settlement_failed",
    (Closing, "said"): "settlement_failed",
    (LastReceipt, "has_failed"): "receipt_failed",
}


class _Place(Struct):
    """How far which file was read; whether there was a line at all, and ever one that says something.

    `day` is the newest on which a line came (its ordinal), `silent_days` how many there were since the
    newest line that says something.
    """

    inode: int = 0
    offset: int = 0
    has_lines: bool = False
    understood: bool = False
    day: int = 0
    silent_days: int = 0
    tally: Tally = msgspec.field(default_factory=Tally)


class LogSource:
    """`pattern` as "/var/log/pos/pos*.log": of several files the newest one goes on where the others end."""

    def __init__(self, pattern: str, lines: Lines, zone: tzinfo | None, till: Till, memory: Memory) -> None:
        """Raise DatabaseError where no file can be read, more waits to be read, or no line is understood."""
        self._reader = Reader(lines, zone)
        self._lines = lines
        self._today = datetime.fromtimestamp(till.wall_seconds(), zone).toordinal()
        place = memory.get_as(_KEY, _Place, _Place())
        files = _newest_last(pattern, till, place.inode)
        is_read_up = all(self._reads_to_its_end(found, place) for found in files)
        memory.set(_KEY, msgspec.to_builtins(place))
        if not is_read_up:
            raise DatabaseError(Trouble.BUSY, "the log is still being read")
        if place.has_lines and (not place.understood or place.silent_days > SILENT_DAYS):
            raise DatabaseError(Trouble.FAILED, "no line is understood")
        self._tally = place.tally

    def offers(self, question: type[Question], *columns: str) -> bool:
        needed = [_COLUMN_TOLD_BY.get((question, column)) for column in columns]
        known = {None, *self._lines.happenings}
        return question.asks in offered(self._lines) and known.issuperset(needed)

    def rows(self, question: type[Question], values: Mapping[str, float]) -> list[Row]:
        tally = self._tally
        if question is Settled:
            return [{"settled_at": tally.settled_at or None}]
        if question is OpenBatch:
            return [{"first_sale_at": tally.first_sale_at or None, "sales": tally.sales}]
        if question is LastReceipt:
            return [{"number": tally.last_number, "sold_at": tally.last_at, "has_failed": tally.last_failed}]
        if question is Closing:
            return _closing(tally)
        late = tally.unprinted if question is Unprinted else tally.slips
        name = "sold_at" if question is Unprinted else "requested_at"
        return [row for each in late if (row := _row(each, name, values))]

    def _reads_to_its_end(self, found: Found, place: _Place) -> bool:
        """Whole lines alone: the rest of one may still be on its way.

        False where the next file must wait: this one has more, or was just moved. Raise DatabaseError.
        """
        try:
            with found.path.open("rb") as file:
                now = os.fstat(file.fileno())
                if now.st_ino != found.stat.st_ino:
                    return False
                if now.st_ino != place.inode or now.st_size < place.offset:
                    place.inode, place.offset = now.st_ino, 0
                file.seek(place.offset)
                read = file.read(BYTES_A_ROUND)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise DatabaseError(Trouble.REFUSED, error.strerror or "cannot be read") from None
        whole, newline, _ = read.rpartition(b"\n")
        is_full = len(read) == BYTES_A_ROUND
        # A line that fills a whole round is none, and would stand in the way for ever.
        place.offset += len(whole) + len(newline) if newline or not is_full else len(read)
        self._take(whole.decode(self._lines.encoding, "replace").splitlines(), place)
        return not is_full

    def _take(self, lines: list[str], place: _Place) -> None:
        if lines and self._today != place.day:
            place.has_lines, place.day = True, self._today
            place.silent_days += 1
        for line in lines:
            if event := self._reader.event(line):
                place.understood, place.silent_days = True, 0
                place.tally.take(event)


def offered(lines: Lines) -> frozenset[str]:
    """Names of the questions that need no happening which these lines do not tell."""
    return frozenset(each.asks for each, needed in _TOLD_BY.items() if needed <= lines.happenings.keys())


def _row(each: Open, name: str, values: Mapping[str, float]) -> Row | None:
    if not values["since"] <= each.at < values["before"]:
        return None
    return {"number": each.number, name: each.at}


def _closing(tally: Tally) -> list[Row]:
    if not tally.begun_at:
        return []
    failure = tally.failure
    known: Row = {"phrase": failure.phrase, "mark": failure.mark, "kind": failure.kind} if failure else {}
    return [{"since_at": tally.begun_at, "has_failed": failure is not None, **known}]


def _newest_last(pattern: str, till: Till, read_last: int) -> list[Found]:
    """Files not older than the one that was read last. Raise DatabaseError where there is none."""
    files = matching_files(pattern, till)
    if not files:
        raise DatabaseError(Trouble.NOT_THERE, f"no file {pattern}")
    inodes = [found.stat.st_ino for found in files]
    return files[inodes.index(read_last) if read_last in inodes else len(files) - 1 :]
