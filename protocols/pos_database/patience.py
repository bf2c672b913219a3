"""How long one connection's questions may take together."""

from __future__ import annotations

import time

from protocols.pos_database.database import DatabaseError, Trouble
from protocols.pos_database.server import ALL_SECONDS


class Patience:
    """Counts only the time in which we wait for the server."""

    def __init__(self) -> None:
        self._left = ALL_SECONDS
        self._lost: DatabaseError | None = None

    def begin(self) -> float:
        """The moment. Raise DatabaseError where nothing more is to be asked."""
        if self._lost:
            raise self._lost
        if self._left <= 0:
            raise DatabaseError(Trouble.TOO_SLOW, f"all answers took more than {ALL_SECONDS:g} s")
        return time.monotonic()

    def end(self, began: float) -> None:
        self._left -= time.monotonic() - began

    def lose(self, error: DatabaseError) -> None:
        """The connection is of no more use: every further question has this answer."""
        self._lost = error
