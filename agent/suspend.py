"""Whether the machine slept: a laptop's lid, a virtual machine that was paused with its clock told of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

SHORTEST_SECONDS: Final = 1.0  # below it two clocks read one after the other may differ on a busy machine


def _gap_seconds() -> float:
    """CLOCK_BOOTTIME counts suspend, CLOCK_MONOTONIC does not (clock_gettime(2))."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic()


class Suspend:
    """`gap_seconds` grows by as much as the machine slept."""

    def __init__(self, gap_seconds: Callable[[], float] = _gap_seconds) -> None:
        self._gap_seconds = gap_seconds
        self._seen = gap_seconds()

    def slept_seconds(self) -> float:
        """Since it was asked last; 0 where the machine was awake."""
        gap = self._gap_seconds()
        slept = gap - self._seen
        if slept < SHORTEST_SECONDS:
            return 0.0
        self._seen = gap
        return slept
