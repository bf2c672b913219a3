"""What lines of a POS application's log say, as data: one expression for each thing that happens."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from probes.settlement.document_number import document_number

Happening = Literal[
    "sale",
    "receipt",
    "receipt_failed",
    "settlement_begun",
    "settlement_failed",
    "settled",
    "slip_asked",
    "slip_made",
]
LONGEST: Final = 1000  # of a line; what follows says nothing of these
# Told in no two ways alike: beyond noon, beyond the 12th.
_EXAMPLE: Final = datetime(2026, 11, 21, 21, 40, tzinfo=UTC)


class Lines(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`time` is strptime(3)'s, of each line's group "time"; groups "number" and "said" are taken where named.

    `encoding` of the file; a byte that is none becomes U+FFFD.
    """

    time: str
    happenings: Annotated[dict[Happening, str], Meta(min_length=1)]
    encoding: Literal["utf-8", "gb18030"] = "utf-8"

    def __post_init__(self) -> None:
        """Raise ValueError."""
        for name, expression in self.happenings.items():
            try:
                groups = re.compile(expression).groupindex
            except (re.error, OverflowError) as error:
                raise ValueError(f"{name}: {error}") from None
            if "time" not in groups:
                raise ValueError(f'{name}: names no group "time", such as (?P<time>.{{19}})')
        _check_time(self.time)


def _check_time(written: str) -> None:
    """Raise ValueError for what tells no year, day, hour and minute, or cannot be read."""
    try:
        read = datetime.strptime(_EXAMPLE.strftime(written), written)  # noqa: DTZ007  its zone comes below
    except (ValueError, re.error) as error:  # strptime is an expression; what stands twice is a group twice
        raise ValueError(f"time: {error}") from None
    if read.replace(tzinfo=UTC) != _EXAMPLE:
        raise ValueError(
            f'time {written!r}: tells no year, day, hour and minute, such as "%Y-%m-%d %H:%M:%S"'
        )


class Event(Struct, frozen=True):
    """`at` in wall seconds. `said` is the application's own word and must not be kept."""

    what: Happening
    at: float
    number: str = ""
    said: str = ""


class Reader:
    """Compiled once. A line that says nothing, or no time, is None."""

    def __init__(self, lines: Lines, zone: tzinfo | None) -> None:
        self._time = lines.time
        self._zone = zone
        self._expressions = [(what, re.compile(text)) for what, text in lines.happenings.items()]

    def event(self, line: str) -> Event | None:
        line = line[:LONGEST]
        for what, expression in self._expressions:
            if found := expression.search(line):
                return self._made(what, found.groupdict())
        return None

    def _made(self, what: Happening, groups: dict[str, str | None]) -> Event | None:
        try:
            moment = datetime.strptime(groups["time"] or "", self._time)  # noqa: DTZ007  its zone comes below
            at = (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).timestamp()
        except (ValueError, OverflowError, OSError):
            return None
        return Event(what, at, document_number(groups.get("number") or ""), groups.get("said") or "")
