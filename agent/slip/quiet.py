"""How the POS keeps us off the printer: it says so, for a while. Pure: monotonic seconds in."""

from __future__ import annotations

from typing import Final

MAX_HOLD_SECONDS: Final = 600.0
"""A POS that died with its hand up must not keep the printer unwatched for longer."""

PRINTING: Final = "printing"
HOLD_OFF: Final = "hold-off"
_WHY: Final = {PRINTING: "the POS is printing", HOLD_OFF: "the POS asked for quiet"}


class Quiet:
    """Two holds that end apart: the end of one receipt does not end the quiet asked for a whole sale."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def say(self, what: str, seconds: float, monotonic: float) -> None:
        """`what` is PRINTING or HOLD_OFF; 0 seconds ends it, more than ten minutes are ten minutes."""
        self._until[what] = monotonic + min(max(seconds, 0.0), MAX_HOLD_SECONDS)

    def left(self, monotonic: float) -> float:
        """Seconds until nothing holds us off; 0.0 where nothing does."""
        return max(0.0, *(until - monotonic for until in self._until.values()), 0.0)

    def because(self, monotonic: float) -> str:
        """Who holds us off, in English; empty where nobody does."""
        return ", ".join(_WHY[what] for what, until in self._until.items() if until > monotonic)
