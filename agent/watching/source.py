"""What every source of events is to the child that watches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

NEVER = float("inf")


class Source(Protocol):
    """Times are of time.monotonic().

    `probes` are run when the source is lost, and when it is back. `lends`: it keeps a device open that its
    probe needs too. `covers`: while it is well its probe may be polled seldom.
    """

    probes: tuple[str, ...]
    lends: bool = False
    covers: bool = False

    @property
    def is_well(self) -> bool:
        """Whether news would come by now."""

    def open(self, now: float) -> None:
        """Begin. Raise OSError."""

    def close(self) -> None:
        """Give up what is held; harmless where nothing is."""

    def fileno(self) -> int:
        """What to wait for; -1 for nothing."""

    def due(self) -> float:
        """When `step` is wanted though nothing is readable."""
        return NEVER

    def end(self, now: float) -> None:
        """Before the last `close`: leave a device as it was found."""
        del now

    def step(self, now: float) -> Iterable[str]:
        """Take what is there; the probes to run. Raise OSError: then it is closed, and opened again later."""
