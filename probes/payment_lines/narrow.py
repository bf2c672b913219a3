"""A second look at a line that connects and then falls silent: whether only its big packets get lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from probes.memory import Memory
from probes.payment_lines.conditions import NO_REPLY, PORT
from probes.payment_lines.tunnel import strays
from probes.payment_lines.walk import NOTHING_COMES, Narrow, Walk, climb
from probes.till import Till
from protocols.path_trace import TIMEOUT_SECONDS
from protocols.tcp_sweep import Outcome
from protocols.udp_trace import UdpTrace

_SMALL_BYTES: Final = 536  # what every host must take in one piece (RFC 9293 3.7.1)
_BIG_BYTES: Final = 1500  # an Ethernet's packet
_HEADERS_BYTES: Final = {False: 28, True: 48}  # IP and UDP, by "is IPv6"
_AGAIN_SECONDS: Final = 3.0  # a handshake takes less, or the line is not worth waiting for


def look_again(walk: Walk, till: Till, memory: Memory, next_stan: Callable[[], int], deadline: float) -> None:
    """The same once more in small packets: where that works the packets' size is proven to be the fault.

    Without TLS nothing on a line is big.
    """
    silent = walk.broken is NO_REPLY and walk.facts.get("seen") == NOTHING_COMES
    if not silent or not walk.line.tls:
        return
    again = Walk(
        line=walk.line,
        course=walk.course,
        resolvers=walk.resolvers,
        facts=dict(walk.facts),
        now=walk.now,
        address=walk.address,
        passed=walk.passed,
    )
    until = min(deadline, time.monotonic() + _AGAIN_SECONDS)
    climb(again, till, memory, next_stan, until, most_segment_bytes=_SMALL_BYTES)
    walk.course = again.course
    if again.broken not in {NO_REPLY, *PORT} and not again.obstacle and not strays(walk, till):
        walk.narrow = Narrow(_BIG_BYTES, _last_hop_of_big_packets(walk.address, till))


def _last_hop_of_big_packets(address: str, till: Till) -> str:
    size = _BIG_BYTES - _HEADERS_BYTES[":" in address]
    deadline = time.monotonic() + TIMEOUT_SECONDS
    with UdpTrace(address, body_bytes=size, open_socket=till.socket) as datagrams:
        hops = datagrams.hops(deadline)
    return next((hop.address for hop in reversed(hops) if hop.outcome is Outcome.EXPIRED), "")
