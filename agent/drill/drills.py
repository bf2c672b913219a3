"""The drill that is on: begun by a person, over by itself, also after a restart; a real cause ends it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from agent.state_files import write_whole
from agent.tracker import Moment
from vocabulary.condition import Severity
from vocabulary.report import Cause, Diagnosis, Drill, DrillEnding

MOST_MINUTES: Final = 240.0
KEPT_SECONDS: Final = 86400.0  # how long reports go on telling of one that is over
CLOCK_SECONDS: Final = 120.0  # a clock that was put back by more tells nothing of how long it has been


class _Page(Struct, frozen=True, kw_only=True):
    """What the file holds. `causes` are the real ones of when it began: they do not end it."""

    drill: Drill
    causes: frozenset[tuple[str, str]] = frozenset()


class Drills:
    """`step` is due at `deadline` (monotonic seconds). A disk that refuses costs what a restart knows."""

    def __init__(self, path: Path, at: Moment) -> None:
        self._path = path
        self._page: _Page | None = None
        self.deadline: float | None = None
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            self._page = msgspec.json.decode(path.read_bytes(), type=_Page)
        if drill := self.on:
            left = min(drill.until - at.wall, drill.until - drill.began, MOST_MINUTES * 60)
            self.deadline = at.monotonic + (left if at.wall > drill.began - CLOCK_SECONDS else 0.0)
            self.step(at)

    @property
    def on(self) -> Drill | None:
        drill = self._page.drill if self._page else None
        return drill if drill and not drill.ended else None

    def shown(self, wall: float) -> Drill | None:
        """The one that is on, or was within a day of `wall` (seconds since 1970)."""
        drill = self._page.drill if self._page else None
        return drill if drill and (not drill.ended or wall - drill.ended < KEPT_SECONDS) else None

    def begin(self, cause: Cause, by: str, minutes: float, diagnosis: Diagnosis, at: Moment) -> Drill:
        """In the place of what was on, or was before; `minutes` are at most MOST_MINUTES."""
        seconds = min(minutes, MOST_MINUTES) * 60
        drill = Drill(cause=cause, by=by, began=at.wall, until=at.wall + seconds)
        self.deadline = at.monotonic + seconds
        self._write(_Page(drill=drill, causes=_named(diagnosis)))
        return drill

    def end(self, ending: DrillEnding, at: Moment) -> bool:
        """Whether one was on."""
        if self._page is None or self.on is None:
            return False
        self.deadline = None
        ended = min(at.wall, self.on.until) if ending is DrillEnding.TIME else at.wall
        over = replace(self.on, ended=max(ended, self.on.began), ending=ending)
        self._write(replace(self._page, drill=over))
        return True

    def step(self, at: Moment) -> bool:
        """Whether its time has come, by either clock: a machine that slept knows it by the wall's alone."""
        drill, deadline = self.on, self.deadline
        if drill is None or deadline is None or (at.monotonic < deadline and at.wall < drill.until):
            return False
        return self.end(DrillEnding.TIME, at)

    def look(self, diagnosis: Diagnosis, at: Moment) -> bool:
        """After a round: a cause that was not there when it began, and is no mere notice, ends it."""
        if self._page and self.on and _named(diagnosis) - self._page.causes:
            return self.end(DrillEnding.CAUSE, at)
        return False

    def _write(self, page: _Page) -> None:
        self._page = page
        with contextlib.suppress(OSError):
            write_whole(self._path, msgspec.json.encode(page))


def _named(diagnosis: Diagnosis) -> frozenset[tuple[str, str]]:
    """With each subject, so that a fault that spreads is a new one."""
    return frozenset(
        (cause.code, subject)
        for cause in diagnosis.faults
        if cause.severity is not Severity.NOTICE
        for subject in cause.subjects
    )
