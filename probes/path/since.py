"""Since when each subject fails, by this machine's clock, kept from round to round."""

from __future__ import annotations

import contextlib

from probes.memory import Memory, MemoryFullError
from vocabulary.moments import as_fact


class Since:
    """What of the last round is not asked for again is over."""

    def __init__(self, memory: Memory, now: float) -> None:
        before = memory.get("since")
        self._memory = memory
        self._before: dict[str, float] = before if isinstance(before, dict) else {}
        self._now = now
        self._current: dict[str, float] = {}

    def of(self, subject: str) -> str:
        """A moment with its zone."""
        self._current[subject] = self._before.get(subject, self._now)
        return as_fact(self._current[subject])

    def keep(self) -> None:
        self._memory.forget("since")
        if self._current:
            with contextlib.suppress(MemoryFullError):  # more failing subjects than are worth remembering
                self._memory.set("since", {key: round(value) for key, value in self._current.items()})
