"""Where no name server beyond the store's router answers: whether it is the line itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from probes.network.conditions import GATEWAY_SILENT, LINE_DOWN, THE_LINE, UPSTREAM_SILENT
from probes.path.since import Since
from probes.routing import Ground
from probes.till import Till
from protocols import dns
from protocols.path_trace import TIMEOUT_SECONDS, Hop, trace
from protocols.tcp_sweep import Outcome, Target
from protocols.udp_trace import UdpTrace
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason

_ROUTER_GIVES_UP_SECONDS: Final = 3.3  # it asks for its neighbour three times, a second apart: measured 3.1 s
_NO_HOP: Final = "no hop on the way answers"
_NOTHING_CAME: Final = frozenset({dns.Outcome.SILENT, dns.Outcome.NOT_SENT, dns.Outcome.GARBAGE})


class Upstream(Struct, frozen=True, kw_only=True):
    """`answers` are those of the name servers, some of which are beyond the router, which is seen to live."""

    ground: Ground
    answers: Mapping[dns.Server, dns.Answer]
    till: Till
    since: Since
    router_lives: bool

    def readings(self) -> Iterator[Reading]:
        """By the router's address. Nothing is sent where a name server beyond it answers."""
        beyond: dict[str, list[dns.Server]] = {}
        for server in self.answers:
            way = self.ground.through(server.address)
            if len(way) == 2:
                beyond.setdefault(way[1], []).append(server)
        if not beyond:
            for condition in THE_LINE:
                yield condition.unknown(Reason.NOT_SET_UP, because="no name server beyond the router")
        for router, servers in beyond.items():
            yield from self._of(router, servers)

    def _of(self, router: str, servers: list[dns.Server]) -> Iterator[Reading]:
        way = self.ground.through(servers[0].address)
        silent = all(self.answers[server].outcome in _NOTHING_CAME for server in servers)
        hops = self._trace(servers[0].address) if silent and self.router_lives else ()
        if silent and not hops:
            because = _NO_HOP if self.router_lives else GATEWAY_SILENT.code
            for condition in THE_LINE:
                yield condition.unknown(Reason.NOT_TESTED, router, because=because, through=way)
            return
        blamed, icmp = _judged(hops, router)
        for condition in THE_LINE:
            if condition is not blamed:
                yield condition.ok(router, through=way)
                continue
            said = {"offender": router, "icmp": icmp, "since": self.since.of(router)}
            yield condition.failing(router, through=way, **said)

    def _trace(self, address: str) -> tuple[Hop, ...]:
        """Whatever answers, to a connection or a datagram."""
        begun = time.monotonic()
        with UdpTrace(address, open_socket=self.till.socket) as datagrams:
            (connection,) = trace([Target(address, dns.PORT)], open_socket=self.till.socket)
            hops = (*connection, *datagrams.hops(begun + TIMEOUT_SECONDS))
            if all(hop.distance == 1 for hop in _spoke(hops)):  # silence needs two tries
                datagrams.send_again()
                hops = (*connection, *datagrams.hops(time.monotonic() + _ROUTER_GIVES_UP_SECONDS))
        return _spoke(hops)


def _spoke(hops: tuple[Hop, ...]) -> tuple[Hop, ...]:
    return tuple(hop for hop in hops if hop.outcome is not Outcome.DROPPED)


def _judged(spoke: tuple[Hop, ...], router: str) -> tuple[Condition | None, str]:
    """The router's own word, or its being the only one that answers."""
    word = next((hop.complaint for hop in spoke if hop.complaint and hop.address == router), None)
    if word is not None:
        return LINE_DOWN, f"{word.type}/{word.code}"
    alone = bool(spoke) and all((hop.distance, hop.outcome) == (1, Outcome.EXPIRED) for hop in spoke)
    return (UPSTREAM_SILENT, "") if alone else (None, "")
