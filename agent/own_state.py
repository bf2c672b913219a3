"""What the daemon knows of itself: a record."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from agent.own_conditions import EVENTS_UNNOTICED, MEMORY_HIGH
from vocabulary.reading import Reading

MOST_MEBIBYTES: Final = 70  # what docs/benchmarks.md promises for the peak, a slip being made included
MOST_DEATHS: Final = 2  # in a row, each within a minute of the start: one or two may be a coincidence
_MEBIBYTE: Final = 1 << 20


class OwnState(Struct, frozen=True, kw_only=True):
    """Counters are since the daemon's start. `memory_bytes` is the PSS of all its processes; `ended_early` is
    by probe; `waiting_seconds` since when some report or other has been waiting; `given_up_reports` is what
    head office has not been told of yet; `clock_synchronised` is None where nobody says;
    `watcher_deaths` in a row, each within a minute of its start.
    """

    version: str
    up_seconds: float
    processes: int
    memory_bytes: int
    cpu_seconds: float
    rounds: int
    rounds_missed: int
    ended_early: dict[str, int]
    watcher_restarts: int
    courier_restarts: int
    waiting_reports: int
    waiting_seconds: float
    given_up_reports: int
    failed_deliveries: int
    clock_synchronised: bool | None
    settings_rejected: bool
    textfile_trouble: str = ""
    watcher_deaths: int = 0

    @property
    def memory(self) -> Reading:
        """As a condition of the agent's own; so is the next."""
        mebibytes = round(self.memory_bytes / _MEBIBYTE)
        return MEMORY_HIGH.failing_if(
            mebibytes > MOST_MEBIBYTES, mebibytes=mebibytes, most_mebibytes=MOST_MEBIBYTES
        )

    @property
    def watching(self) -> Reading:
        return EVENTS_UNNOTICED.failing_if(self.watcher_deaths > MOST_DEATHS, times=self.watcher_deaths)
