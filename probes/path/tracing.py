"""The way to one host: of its failing ports, and of what arrives there."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from probes.path.evidence import Wanted, distance_of, is_reset_at_once
from probes.path.own_reset import comes_from_here
from probes.path.ways import Ways
from probes.till import Till
from protocols.path_trace import TIMEOUT_SECONDS, Hop, trace, trace_in_turn
from protocols.tcp_sweep import Outcome, Result
from protocols.udp_trace import UdpTrace

# A router answers a burst of 6 expired packets from us (net.ipv4.icmp_ratelimit), and two probes may look at
# once: two failing ports, and one reference.
_TRACED_AT_ONCE: Final = 2
_LEAST_PATIENCE_SECONDS: Final = 0.05  # a router has more to do than to say that a packet has expired


class Seen(Struct, frozen=True, kw_only=True):
    """`traces` by wanted and what its connection came to, None while nothing had. `resets_are_ours`: those
    before the first router, as far as is known.
    """

    traces: Mapping[Wanted, tuple[Outcome | None, tuple[Hop, ...]]] = {}
    reference: tuple[Hop, ...] = ()
    datagrams: tuple[Hop, ...] = ()
    resets_are_ours: bool = True

    def trace_of(self, wanted: Wanted, result: Result) -> tuple[Hop, ...]:
        """Its own; else that of a port of the same host that fails in the same way."""
        if wanted in self.traces:
            return self.traces[wanted][1]
        same = result.outcome if result.outcome in {Outcome.REFUSED, Outcome.EXPIRED} else None
        return next((hops for outcome, hops in self.traces.values() if outcome is same), ())


def trace_host(
    here: Sequence[Wanted],
    failing: Sequence[Wanted],
    results: Mapping[Wanted, Result],
    ways: Ways,
    till: Till,
) -> Seen:
    """`here` are all destinations at the host. 0.8 s at most, less where all is answered; where a reset comes
    before the first router, 0.9 s more at most.
    """
    seen = _seen(here, failing, results, ways, till)
    at_once = [one for one, (_, hops) in seen.traces.items() if is_reset_at_once(hops)]
    if not at_once:
        return seen
    return replace(seen, resets_are_ours=comes_from_here(at_once[0].aim(hops=1), till))


def _seen(
    here: Sequence[Wanted],
    failing: Sequence[Wanted],
    results: Mapping[Wanted, Result],
    ways: Ways,
    till: Till,
) -> Seen:
    chosen = _chosen(failing, results)
    opened = [one for one in here if one in results and results[one].outcome is Outcome.OPEN]
    reference = next(iter(sorted(opened, key=lambda one: not one.reference)), None)
    if reference is not None:
        (arriving,) = traces_of([reference], results[reference].seconds, till)
        traces = trace([one.aim() for one in chosen], open_socket=till.socket)
        ways.remember(reference, arriving)
        return Seen(traces=_by_wanted(chosen, traces, results), reference=arriving)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    with UdpTrace(here[0].address, open_socket=till.socket) as datagrams:
        traces = trace([one.aim() for one in chosen], open_socket=till.socket)
        came = datagrams.hops(deadline)
    remembered = ways.of(here[0])
    return Seen(
        traces=_by_wanted(chosen, traces, results),
        reference=came if distance_of(came) else remembered,
        datagrams=came,
    )


def traces_of(wanted: Sequence[Wanted], answer_seconds: float, till: Till) -> list[tuple[Hop, ...]]:
    """All at once, but for hosts that are to see one connection at a time. `answer_seconds`: how long one
    that opens took, which is more than a hop on the way needs.
    """
    crowd = [one for one in wanted if not one.in_turn]
    found = dict(zip(crowd, trace([one.aim() for one in crowd], open_socket=till.socket), strict=True))
    patience = min(3 * answer_seconds + _LEAST_PATIENCE_SECONDS, TIMEOUT_SECONDS)
    found |= {
        one: trace_in_turn(one.aim(), patience, open_socket=till.socket) for one in wanted if one.in_turn
    }
    return [found[one] for one in wanted]


def _chosen(failing: Sequence[Wanted], results: Mapping[Wanted, Result]) -> list[Wanted]:
    """One for each way of failing, before a second of the same."""
    first = {results[one].outcome if one in results else None: one for one in reversed(failing)}
    others = [one for one in failing if one not in first.values()]
    return [*first.values(), *others][:_TRACED_AT_ONCE]


def _by_wanted(
    chosen: Sequence[Wanted], traces: Sequence[tuple[Hop, ...]], results: Mapping[Wanted, Result]
) -> dict[Wanted, tuple[Outcome | None, tuple[Hop, ...]]]:
    return {
        one: (results[one].outcome if one in results else None, hops)
        for one, hops in zip(chosen, traces, strict=True)
    }
