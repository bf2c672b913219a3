"""The marker that tells the next start how this run ended."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import msgspec

from agent.health import boot_id
from agent.state_files import write_whole
from probes.power import last_stop


class LastStopMarker:
    """Written at start, every round and at the end; a disk that refuses costs only the knowledge.

    `found` is what the run before has left.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.found: last_stop.Run | None = None
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            self.found = last_stop.decode(path.read_bytes())
        self._run = last_stop.begin(self.found, _moment())
        self._write()

    @property
    def boot_id(self) -> str:
        return self._run.boot_id

    def beat(self) -> None:
        self._run = last_stop.beat(self._run, _moment())
        self._write()

    def end(self, reason: str) -> None:
        self._run = last_stop.end(self._run, _moment(), reason)
        self._write()

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            write_whole(self._path, last_stop.encode(self._run))


def _moment() -> last_stop.Moment:
    return last_stop.Moment(
        boot_id=boot_id(),
        wall=time.time(),  # noqa: TID251  the agent's own clock
        boottime=time.clock_gettime(time.CLOCK_BOOTTIME),
    )
