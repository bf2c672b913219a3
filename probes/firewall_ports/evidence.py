"""Where on the way a port is closed, told by packets that may go only so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from probes.till import Till
from protocols.path_trace import last_hop, trace
from protocols.tcp_sweep import Outcome, Result, Target, sweep

# A router answers a burst of 6 expired packets from us, then one a second (net.ipv4.icmp_ratelimit).
_TRACED_AT_ONCE: Final = 5
_FIRST_HOP_SECONDS: Final = 0.5
HERE: Final = "by this till"
IN_STORE: Final = "in the store network"
FIRST_HOP: Final = "at the first router or in the till"
BEYOND: Final = "beyond the first router"


class Attempt(Struct, frozen=True):
    """`way` is interface and gateway; `reference`: meant to be compared with."""

    subject: str
    result: Result
    way: tuple[str, ...]
    reference: bool = False

    @property
    def outcome(self) -> Outcome:
        return self.result.outcome

    @property
    def target(self) -> Target:
        return self.result.target


def where_refused(attempts: Sequence[Attempt], till: Till) -> dict[str, str]:
    """Per refused subject a short English phrase.

    A packet that may go one hop only and is refused all the same never got beyond the first router.
    """
    refused = [one for one in attempts if one.outcome is Outcome.REFUSED]
    where = {one.subject: HERE if one.way == ("lo",) else IN_STORE for one in refused}
    distant = [one for one in refused if len(one.way) == 2]
    near = [Target(one.target.address, one.target.port, hops=1) for one in distant]
    for one, answer in zip(distant, sweep(near, _FIRST_HOP_SECONDS, open_socket=till.socket), strict=True):
        where[one.subject] = FIRST_HOP if answer.outcome is Outcome.REFUSED else BEYOND
    return where


def last_hops(attempts: Sequence[Attempt], till: Till) -> dict[str, str]:
    """Per dropped subject the last hop that answered, compared with an open port of the same host.

    One host a round, so that no router is asked twice within a second; 0.8 s at most.
    """
    by_preference = sorted(attempts, key=lambda one: one.reference)
    open_ports = {one.target.address: one.target for one in by_preference if one.outcome is Outcome.OPEN}
    for address, reference in open_ports.items():
        dropped = [one for one in attempts if _is_far_and_dropped(one) and one.target.address == address]
        if dropped:
            traced = dropped[: _TRACED_AT_ONCE - 1]
            open_way, *blocked = trace([reference, *(one.target for one in traced)], open_socket=till.socket)
            return {one.subject: last_hop(way, open_way) for one, way in zip(traced, blocked, strict=True)}
    return {}


def _is_far_and_dropped(one: Attempt) -> bool:
    """Without a gateway there is no hop to blame."""
    return one.outcome is Outcome.DROPPED and len(one.way) == 2
