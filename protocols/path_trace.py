"""Which hops a TCP connection passes: every hop limit in flight at once, one timeout in total."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import Final

from msgspec import Struct

from protocols.icmp import Complaint, Opener, new_socket
from protocols.tcp_sweep import Outcome, Result, Target, results, sweep

# Measured: 0.8 s tells a silent hop on a terrestrial line. Linux routers send time-exceeded once a second per
# destination after a burst of 6 (net.ipv4.icmp_ratelimit): trace a host at most once a second.
TIMEOUT_SECONDS: Final = 0.8
MAX_HOPS: Final = 12
_ON_THE_WAY: Final = (Outcome.EXPIRED, Outcome.DROPPED)


class Hop(Struct, frozen=True):
    """`address` is "" where the hop kept silent, or is the target itself; `complaint` ended the way."""

    distance: int
    outcome: Outcome
    address: str = ""
    complaint: Complaint | None = None


def trace(
    targets: Sequence[Target],
    timeout_seconds: float = TIMEOUT_SECONDS,
    max_hops: int = MAX_HOPS,
    *,
    open_socket: Opener = new_socket,
) -> list[tuple[Hop, ...]]:
    """The hops towards each target, nearest first, up to the first that is not a hop: target or refusal."""
    seen: list[dict[int, Hop]] = [{} for _ in targets]
    with closing(answers(targets, timeout_seconds, max_hops, open_socket=open_socket)) as coming:
        for index, hop in coming:
            seen[index][hop.distance] = hop
            if all(is_complete(hops) for hops in seen):
                break
    return [way(found) for found in seen]


def answers(
    targets: Sequence[Target],
    timeout_seconds: float = TIMEOUT_SECONDS,
    max_hops: int = MAX_HOPS,
    *,
    open_socket: Opener = new_socket,
) -> Generator[tuple[int, Hop], None, None]:
    """Each hop with its target's index as it answers, also those beyond the target; at last the silent."""
    probes = [
        Target(target.address, target.port, hops) for target in targets for hops in range(1, max_hops + 1)
    ]
    with closing(results(probes, timeout_seconds, open_socket=open_socket)) as found:
        for index, result in found:
            yield index // max_hops, _hop(result)


def trace_in_turn(
    target: Target, patience_seconds: float, max_hops: int = MAX_HOPS, *, open_socket: Opener = new_socket
) -> tuple[Hop, ...]:
    """The same for a host that is to see one connection at a time: each hop is given `patience_seconds`."""
    hops: list[Hop] = []
    for distance in range(1, max_hops + 1):
        limited = Target(target.address, target.port, distance)
        (result,) = sweep([limited], patience_seconds, open_socket=open_socket)
        hops.append(_hop(result))
        if result.outcome not in _ON_THE_WAY:
            break
    return tuple(hops)


def _hop(result: Result) -> Hop:
    address = result.complaint.offender if result.complaint else ""
    ending = None if result.outcome is Outcome.EXPIRED else result.complaint
    return Hop(result.target.hops, result.outcome, address, ending)


def is_complete(found: Mapping[int, Hop]) -> bool:
    """By distance: something that is not a hop has answered, and every hop before it."""
    ends = [distance for distance, hop in found.items() if hop.outcome not in _ON_THE_WAY]
    return bool(ends) and all(distance in found for distance in range(1, min(ends)))


def way(found: Mapping[int, Hop]) -> tuple[Hop, ...]:
    """Nearest first, up to the first that is not a hop."""
    hops: list[Hop] = []
    for _, hop in sorted(found.items()):
        hops.append(hop)
        if hop.outcome not in _ON_THE_WAY:
            break
    return tuple(hops)


def last_hop(blocked: Sequence[Hop], reference: Sequence[Hop] = ()) -> str:
    """The last hop that let the blocked port through, "" where none answered.

    The filter sits at or just after it: Linux counts the hop down before the forward chain. A hop silent on
    both paths proves nothing: the search ends at the first that answers the reference alone.
    """
    open_way = {hop.distance for hop in reference if hop.outcome is not Outcome.DROPPED}
    last = ""
    for hop in blocked:
        if hop.outcome is Outcome.EXPIRED:
            last = hop.address
        elif hop.distance in open_way:
            break
    return last
