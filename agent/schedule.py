"""Which probe is due. Pure: monotonic seconds in, names out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

PHASE_SECONDS: Final = (
    86400.0  # the longest interval that settings may ask for: any shorter one is spread, too
)


class Schedule:
    """Fixed phase per terminal; missed runs (a stopped clock, a busy machine) are one run, never a burst.

    `every_seconds` by name; `start` is monotonic seconds; the first run of each is within `splay_seconds`.
    The others fall on moments that depend on `seed` alone, so that probes of one terminal share their rounds
    and 5,000 terminals do not. `missed` counts the regular moments that passed without a run of their own.
    """

    def __init__(
        self, every_seconds: Mapping[str, float], *, start: float, splay_seconds: float, seed: str
    ) -> None:
        self._every = dict(every_seconds)
        self._phase = PHASE_SECONDS * _phase(seed)
        self._due = dict.fromkeys(self._every, start + splay_seconds * _phase(seed))
        self.missed = 0

    def due(self, now: float) -> list[str]:
        """The names whose time has come; each is moved to its next regular moment after `now`."""
        names = [name for name, at in self._due.items() if at <= now]
        for name in names:
            every = self._every[name]
            self.missed += int((now - self._due[name]) // every)
            self._due[name] = self._regular(now + every / 2, every)
        return names

    def hurry(self, names: Iterable[str], now: float) -> None:
        """An event or a request: run these at once; the regular moments stay as they were."""
        for name in names:
            if name in self._due:
                self._due[name] = min(self._due[name], now)

    def change(self, name: str, every_seconds: float, now: float) -> None:
        """Another interval from now on; a longer one counts from the run that is due next."""
        self._every[name] = every_seconds
        self._due[name] = min(self._due[name], self._regular(now, every_seconds))

    def next_at(self) -> float:
        """When (monotonic seconds) the next one is due; infinity where there is nothing to run."""
        return min(self._due.values(), default=float("inf"))

    def _regular(self, earliest: float, every: float) -> float:
        """The first regular moment from `earliest` on: half an interval after a run, so that none is two."""
        return earliest + (self._phase - earliest) % every


def _phase(seed: str) -> float:
    """0 <= phase < 1, the same after every start: 5,000 terminals do not answer a power cut as one."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") / 2**32
