"""What was seen of one destination and of the way to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from probes.routing import Course
from protocols.path_trace import Hop
from protocols.tcp_sweep import Outcome, Result, Target

_ON_THE_WAY: Final = frozenset({Outcome.EXPIRED, Outcome.DROPPED})


class Wanted(Struct, frozen=True, kw_only=True):
    """One destination. `target` is host and port as in the settings.

    `reference`: known to work, others of the same host are compared with it. `in_turn`: its host is to see
    one connection at a time.
    """

    subject: str
    purpose: str
    target: str
    address: str
    port: int
    course: Course
    reference: bool = False
    in_turn: bool = False

    @property
    def way(self) -> tuple[str, ...]:
        return self.course.way

    @property
    def is_far(self) -> bool:
        """Without a gateway there is no hop to blame."""
        return len(self.way) == 2

    def aim(self, hops: int = 0) -> Target:
        return Target(self.address, self.port, hops)


class Evidence(Struct, frozen=True, kw_only=True):
    """`trace` is the way of this connection, `reference` of one to the same host that arrives, or once did.

    `datagrams` is how far UDP comes now. `host_answers`: another port of the host is open; `others_answer`:
    something else beyond the same gateway is. `resets_are_ours`: those before the first router.
    """

    wanted: Wanted
    result: Result
    trace: tuple[Hop, ...] = ()
    reference: tuple[Hop, ...] = ()
    datagrams: tuple[Hop, ...] = ()
    host_answers: bool = False
    others_answer: bool = False
    resets_are_ours: bool = True


def end_of(hops: Sequence[Hop]) -> Hop | None:
    """Where a trace arrived, was refused or was rejected."""
    return next((hop for hop in hops if hop.outcome not in _ON_THE_WAY), None)


def is_reset_at_once(hops: Sequence[Hop]) -> bool:
    """Before the first router could have had a look."""
    end = end_of(hops)
    return end is not None and end.outcome is Outcome.REFUSED and end.distance == 1


def distance_of(hops: Sequence[Hop]) -> int:
    """How many hops away what is open is, 0 where nothing is."""
    end = end_of(hops)
    return end.distance if end is not None and end.outcome is Outcome.OPEN else 0


def reach_of(hops: Sequence[Hop]) -> int:
    """How many hops away the host is at least: it is there, or a hop says that it is farther."""
    return max((hop.distance + (hop.outcome is Outcome.EXPIRED) for hop in hops if _spoke(hop)), default=0)


def _spoke(hop: Hop) -> bool:
    return hop.outcome in {Outcome.EXPIRED, Outcome.OPEN}


def is_beginning(near: Sequence[Hop], far: Sequence[Hop]) -> bool:
    """Whether the hops of `near`, up to its end, are also the first of `far`.

    Elsewhere on the Internet ways differ and become shorter without anybody in between.
    """
    along = {hop.distance: hop.address for hop in far if hop.outcome is Outcome.EXPIRED}
    passed = [hop for hop in near if hop.outcome is Outcome.EXPIRED]
    return all(along.get(hop.distance, hop.address) == hop.address for hop in passed)


def circle(hops: Sequence[Hop]) -> tuple[str, str] | None:
    """The two hops a packet goes round between: one that comes again after another (A, B, A)."""
    addresses = [hop.address for hop in hops if hop.outcome is Outcome.EXPIRED]
    for first, second, third in zip(addresses, addresses[1:], addresses[2:], strict=False):
        if first == third != second:
            return first, second
    return None
