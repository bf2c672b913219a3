"""Which hops a TCP connection passes: every hop limit in flight at once, one timeout in total."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Final

from msgspec import Struct

from protocols.icmp import Complaint, Opener, new_socket
from protocols.tcp_sweep import Outcome, Result, Target, results

# Measured: 0.8 s tells a silent hop on a terrestrial line. Linux routers send time-exceeded once a second per
# destination after a burst of 6 (net.ipv4.icmp_ratelimit): trace a host at most once a second.
TIMEOUT_SECONDS: Final = 0.8
MAX_HOPS: Final = 12


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
    probes = [
        Target(target.address, target.port, hops) for target in targets for hops in range(1, max_hops + 1)
    ]
    seen: list[dict[int, Result]] = [{} for _ in targets]
    with closing(results(probes, timeout_seconds, open_socket=open_socket)) as sweep:
        for index, result in sweep:
            seen[index // max_hops][result.target.hops] = result
            if all(_complete(hops) for hops in seen):
                break
    return [_hops(found) for found in seen]


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


def _complete(found: dict[int, Result]) -> bool:
    ends = [
        hops for hops, result in found.items() if result.outcome not in {Outcome.EXPIRED, Outcome.DROPPED}
    ]
    return bool(ends) and all(hops in found for hops in range(1, min(ends)))


def _hops(found: dict[int, Result]) -> tuple[Hop, ...]:
    hops: list[Hop] = []
    for distance, result in sorted(found.items()):
        address = result.complaint.offender if result.complaint else ""
        passed = result.outcome is Outcome.EXPIRED
        hops.append(Hop(distance, result.outcome, address, None if passed else result.complaint))
        if result.outcome not in {Outcome.EXPIRED, Outcome.DROPPED}:
            break
    return tuple(hops)
