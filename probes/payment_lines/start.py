"""Where each line's walk begins: the address of its host, and what lies on the way there."""

from __future__ import annotations

from typing import Final

from probes.host_names import NO_ADDRESS, Found, find
from probes.network.conditions import (
    NAME_UNKNOWN,
    RESOLVER_FAILING,
    RESOLVER_GARBLED,
    RESOLVER_REFUSING,
    RESOLVER_SILENT,
)
from probes.payment_lines.conditions import NAME_NOT_FOUND
from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.payment_lines.walk import THIS_TILL, UNKNOWN, Walk
from probes.routing import Course, Ground, course, routes_of, servers_of
from probes.till import Till
from protocols import dns

NAME_SECONDS: Final = 3.0
IN_WORDS: Final = {
    NAME_UNKNOWN.code: "there is no such name",
    RESOLVER_FAILING.code: "the name servers fail",
    RESOLVER_GARBLED.code: "what the name servers send makes no sense",
    RESOLVER_REFUSING.code: "the name servers refuse",
    RESOLVER_SILENT.code: "the name servers do not answer",
    NO_ADDRESS: NO_ADDRESS,
}
_NO_SERVER: Final = "no name server is set"


def start(options: PaymentLinesOptions, till: Till) -> list[Walk]:
    """All names looked up; a numeric host, or one in /etc/hosts, needs nobody."""
    servers = servers_of(till, options.resolvers)
    hosts = find((line.host.lower() for line in options.lines), servers, NAME_SECONDS, till)
    asked = tuple(dns.subject(server) for server in servers)
    ground = Ground(routes=routes_of(till))
    walks = []
    for line in options.lines:
        found = hosts[line.host.lower()]
        resolvers = asked if found.asked else ()
        over = course(found.address, line.vpn, ground, till) if found.address else Course(way=())
        walk = _start_of(line, found.address, over, resolvers, till.wall_seconds())
        if not found.address:
            walk.breaks(NAME_NOT_FOUND, seen=_seen(found, asked), resolvers=", ".join(asked) or "nobody")
        walks.append(walk)
    return walks


def _seen(found: Found, asked: tuple[str, ...]) -> str:
    return IN_WORDS[found.because] if asked else _NO_SERVER


def _start_of(line: Line, address: str, over: Course, resolvers: tuple[str, ...], now: float) -> Walk:
    return Walk(
        line=line,
        course=over,
        resolvers=resolvers,
        facts={"host": line.host, "port": line.port, "address": address or UNKNOWN, "source": THIS_TILL},
        now=now,
        address=address,
    )
