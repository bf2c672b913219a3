"""When this terminal was not heard, and why: kept over its own end, told to head office."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

import msgspec

from agent.last_stop_marker import LastStopMarker
from agent.state_files import write_whole
from agent.tracker import STALE_INTERVALS, Moment
from probes.power.last_stop import End, Run, end_of
from vocabulary.absence import Absence, Closing, Why
from vocabulary.calendar import Calendar, parse_span

KEPT: Final = 8  # a week of nights, and one more
_ENDS: Final = {
    End.NOT_WATCHED: Why.AGENT_STOPPED,
    End.AGENT_CRASHED: Why.AGENT_CRASHED,
    End.POWER_CUT: Why.POWER_CUT,
}


class Absences:
    """`newest` are the last ones, oldest first. A line cut or a sleep of less than three heartbeats, which
    head office did not notice, is none. A disk that refuses costs what lies before the start.
    """

    def __init__(self, folder: Path, hours: str, every_seconds: float, at: Moment) -> None:
        """`hours` are the store's, as in the settings; empty: it never closes."""
        self._marker = LastStopMarker(folder / "last-stop.json")
        self._path = folder / "absences.json"
        self.take(hours, every_seconds)
        self._cut_at: Moment | None = None
        self.newest: tuple[Absence, ...] = ()
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            self.newest = msgspec.json.decode(self._path.read_bytes(), type=tuple[Absence, ...])[-KEPT:]
        if found := self._marker.found:
            self._note(_why(found, self._marker.boot_id), found.wall, at.wall)

    def take(self, hours: str, every_seconds: float) -> None:
        """Other settings, from now on."""
        self._calendar = Calendar(hours=(parse_span(hours),) * 7) if hours else Calendar()
        self._noticed_after = every_seconds * STALE_INTERVALS

    def so_far(self) -> tuple[Absence, ...]:
        return self.newest

    def beat(self) -> None:
        self._marker.beat()

    def slept(self, seconds: float, at: Moment) -> None:
        """The machine, until now."""
        if seconds > self._noticed_after:
            self._note(Why.SLEPT, at.wall - seconds, at.wall)

    def delivery(self, failures: int, at: Moment) -> None:
        """How often in a row head office was not reached, after each delivery."""
        began, self._cut_at = self._cut_at, (self._cut_at or at) if failures else None
        if began and not failures and at.monotonic - began.monotonic > self._noticed_after:
            self._note(Why.LINE_CUT, at.wall - (at.monotonic - began.monotonic), at.wall)

    def leave(self, why: Why, at: Moment) -> None:
        """The daemon is being stopped: until it is back this absence has no end."""
        self._marker.end(why)
        self.newest = (*self.newest, Absence(why=self._closed_or(why, at.wall, at.wall), since=at.wall))

    def closing(self, wall: float) -> Closing | None:
        """When the store closes next, or that it is closed now; None where it never does."""
        closes = self._calendar.closes_next(wall)
        opens = None if closes is None else self._calendar.opens_next(closes)
        return None if closes is None or opens is None else Closing(closes, opens)

    def _note(self, why: str, since: float, until: float) -> None:
        """A clock that was put back meanwhile makes it no shorter than nothing."""
        until = max(since, until)
        absence = Absence(why=self._closed_or(why, since, until), since=since, until=until)
        self.newest = (*self.newest, absence)[-KEPT:]
        with contextlib.suppress(OSError):
            write_whole(self._path, msgspec.json.encode(self.newest))

    def _closed_or(self, why: str, since: float, until: float) -> str:
        closing = self.closing(since) if why == Why.SWITCHED_OFF else None
        return Why.CLOSED if closing and closing.closes <= until else why


def _why(found: Run, boot_id: str) -> str:
    return _ENDS.get(end_of(found, boot_id)) or found.reason
