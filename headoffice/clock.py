"""The two clocks of head office, as one object a test can move."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

LATEST_TIME: Final = 4_102_444_800.0  # 2100-01-01; a wrong clock is taken and shown, nonsense is not


def is_time(seconds: float) -> bool:
    """Since 1970, as far as anybody's clock goes."""
    return 0 <= seconds < LATEST_TIME


def _wall() -> float:
    return datetime.now(UTC).timestamp()


class Clock(Struct, frozen=True, kw_only=True):
    """`wall` in seconds since 1970; `steady` in seconds, never set back, counting on through a suspend."""

    wall: Callable[[], float] = _wall
    steady: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME)
