"""One source at its post: opened, listened to, lent to others, and taken up again after an error."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from agent.watching.source import NEVER, Source

FIRST_RETRY_SECONDS = 1.0
LAST_RETRY_SECONDS = 60.0
_HURRY_SECONDS = 0.3


class Post:
    """`was_here_before`: events may have been missed since, so its first good moment is told too."""

    def __init__(self, source: Source, *, was_here_before: bool = False) -> None:
        self.source = source
        self.is_lent = False
        self._is_open = False
        self._failures = 0
        self._retry_at = 0.0
        self._was_well = False
        self._missed = was_here_before

    @property
    def is_covering(self) -> bool:
        return self.source.covers and self._is_well

    @property
    def _is_well(self) -> bool:
        return (self._is_open or self.is_lent) and self.source.is_well

    def fileno(self) -> int:
        return self.source.fileno() if self._is_open else -1

    def due(self) -> float:
        if self.is_lent:
            return NEVER
        return self.source.due() if self._is_open else self._retry_at

    def step(self, now: float, *, is_readable: bool) -> set[str]:
        """The probes to run."""
        found: set[str] = set()
        if self.is_lent:
            return found
        with contextlib.suppress(OSError):
            found.update(self._step(now, is_readable=is_readable))
        return found | self._turned()

    def _step(self, now: float, *, is_readable: bool) -> Iterable[str]:
        try:
            if not self._is_open and now >= self._retry_at:
                self._is_open = True
                self.source.open(now)
            elif self._is_open and (is_readable or now >= self.source.due()):
                return self.source.step(now)
        except OSError:
            self._fail(now)
            raise
        return ()

    def _fail(self, now: float) -> None:
        self.source.close()
        self._is_open = False
        self._retry_at = now + min(FIRST_RETRY_SECONDS * 2.0**self._failures, LAST_RETRY_SECONDS)
        self._failures = min(self._failures + 1, 16)

    def _turned(self) -> set[str]:
        """Lost, or back: its probes are run. The first time it is well is neither."""
        is_well = self._is_well
        if is_well == self._was_well:
            return set()
        self._was_well = is_well
        told = not is_well or self._missed
        self._missed = True
        if is_well:
            self._failures = 0
        return set(self.source.probes) if told else set()

    def lend(self) -> None:
        """Close; what is missed meanwhile is seen by who borrowed it."""
        self.is_lent = True
        if self._is_open:
            self.source.close()
            self._is_open = False

    def take_back(self, now: float) -> None:
        """Opened again at the next step."""
        self.is_lent = False
        self._retry_at = now

    def end(self, now: float) -> None:
        if self._is_open:
            self.source.end(now)
        self.source.close()

    def hurry(self, now: float) -> None:
        """Something was plugged in."""
        self._failures = 0
        self._retry_at = min(self._retry_at, now + _HURRY_SECONDS)
