"""Since when head office has been able to hear: its own outage is no terminal's silence."""

from __future__ import annotations

import asyncio
from typing import Final

from headoffice.clock import Clock

TICK_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 30.0  # a loop this late was frozen: suspended, stopped, or starved


class Listening:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.steady()

    @property
    def seconds(self) -> float:
        """How long without a break of its own."""
        return self._clock.steady() - self._since

    def interrupted(self) -> None:
        self._since = self._clock.steady()

    async def watch(self, tick_seconds: float = TICK_SECONDS) -> None:
        """Notice that this process itself was frozen; runs until cancelled."""
        while True:
            before = self._clock.steady()
            await asyncio.sleep(tick_seconds)
            if self._clock.steady() - before > _PAUSE_SECONDS:
                self.interrupted()
