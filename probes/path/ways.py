"""The way to each host as it was when it worked, kept from round to round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from probes.memory import Memory, MemoryFullError
from probes.path.evidence import Wanted, distance_of
from protocols.path_trace import Hop
from protocols.tcp_sweep import Outcome

_MOST_HOSTS: Final = 8  # some 100 bytes each, of the 4096 a probe may remember


class Ways:
    """By gateway and host: behind a backup line the hops are others. `turn` counts the rounds."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        kept = memory.get("ways")
        self._kept: dict[str, object] = kept if isinstance(kept, dict) else {}

    def turn(self) -> int:
        last = self._memory.get("turn")
        turn = last + 1 if isinstance(last, int) and 0 <= last < 9999 else 0
        self._memory.set("turn", turn)
        return turn

    def of(self, wanted: Wanted) -> tuple[Hop, ...]:
        """Its hops and, at the end, the host itself; empty where none is remembered."""
        kept = self._kept.get(_key(wanted))
        if not isinstance(kept, list):
            return ()
        hops = [
            Hop(distance, Outcome.EXPIRED if address else Outcome.DROPPED, str(address))
            for distance, address in enumerate(kept, 1)
        ]
        return (*hops, Hop(len(kept) + 1, Outcome.OPEN))

    def remember(self, wanted: Wanted, hops: Sequence[Hop]) -> None:
        """The newest of _MOST_HOSTS, and only ways that arrive."""
        if not distance_of(hops):
            return
        self._kept.pop(_key(wanted), None)
        newest = list(self._kept.items())[-(_MOST_HOSTS - 1) :]
        self._kept = dict([*newest, (_key(wanted), [hop.address for hop in hops[:-1]])])
        try:
            self._memory.set("ways", self._kept)
        except MemoryFullError:
            self._memory.forget("ways")


def _key(wanted: Wanted) -> str:
    return f"{wanted.way[-1]} {wanted.address}"
