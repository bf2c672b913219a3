"""When systemd's watchdog is fed: only while every part of the daemon tries what it owes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

from agent.notify import notify

AGAIN_SECONDS: Final = 1.0


class Watchdog:
    """`every_seconds` as `notify.watchdog_seconds` says, None where nobody watches. Times are monotonic.

    A part that is slow owes nothing before its own deadline. One whose moment had already passed when the
    watchdog was last fed, and that has not tried since, is stuck: systemd then starts the daemon again.
    """

    def __init__(self, every_seconds: float | None) -> None:
        self._every = every_seconds
        self._fed_at = -1.0
        self._look_at = 0.0
        self._stuck: list[str] = []

    @property
    def deadline(self) -> float | None:
        """When `step` is wanted; None where nobody watches."""
        return None if self._every is None else self._look_at

    def step(self, now: float, owed: Mapping[str, float | None]) -> None:
        """`owed`: by part, the moment at which it has to try next; None where there is nothing for it to do.

        Raise OSError where a service manager should listen and does not.
        """
        if self._every is None or now < self._look_at:
            return
        stuck = [part for part, moment in owed.items() if moment is not None and moment < self._fed_at]
        if not stuck:
            notify("WATCHDOG=1")
            self._fed_at = now
        elif stuck != self._stuck:
            print(f"poshealth: no progress: {', '.join(stuck)}", file=sys.stderr)
        self._stuck = stuck
        self._look_at = now + (AGAIN_SECONDS if stuck else self._every)
