"""The two clocks of head office, as one object a test can move."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct


def _wall() -> float:
    return datetime.now(UTC).timestamp()


class Clock(Struct, frozen=True, kw_only=True):
    """`wall` in seconds since 1970; `steady` in seconds, never set back, counting on through a suspend."""

    wall: Callable[[], float] = _wall
    steady: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME)
