"""IPv6 beside IPv4: where it is there and leads nowhere, every connection by name waits for it first.

A program that does not race both (RFC 8305) tries the IPv6 address first (RFC 6724) until that times out.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from probes.network.gateway import zoned
from probes.network.reach import Reach, split_authority
from probes.network.way_conditions import IPV6_ADDRESS_TAKEN, IPV6_BROKEN
from probes.till import Till
from protocols import dns, gateway, tcp_sweep
from protocols.dns import Kind, Question
from protocols.routes import Route, pack_address
from protocols.tcp_sweep import Outcome, Result, Target
from vocabulary.reading import Reading, Reason

_DAD_FAILED: Final = 0x08  # IFA_F_DADFAILED, linux/if_addr.h
_IF_INET6: Final = re.compile(r"([0-9a-f]{32}) \w+ \w+ \w+ (\w+) +(\S+)")  # net/ipv6/addrconf.c, if6_seq_show
_HTTPS: Final = 443
_ALIVE: Final = {Outcome.OPEN, Outcome.REFUSED, Outcome.REJECTED}
_SEEN: Final = {
    Outcome.DROPPED: "no answer",
    Outcome.NO_ROUTE: "no way there",
    Outcome.UNREACHABLE: "no way there",
    Outcome.BLOCKED_HERE: "blocked on the till itself",
}


class Ipv6(Struct, frozen=True, kw_only=True):
    """`check` is "host:port", asked by both; "": `name` at HTTPS, and without an IPv6 address the router."""

    check: str
    name: str
    timeout_seconds: float

    def reading(self, interface: str, reach: Reach, barrier: str) -> Reading:
        way_out = _way_out(reach.ground.routes)
        if way_out is None or not _has_global_address(reach.till, way_out.interface):
            because = "the till has no IPv6 way out"
            return IPV6_BROKEN.unknown(Reason.NOT_SET_UP, interface, because=because)
        if barrier:
            return IPV6_BROKEN.unknown(Reason.NOT_TESTED, way_out.interface, because=barrier)
        target, four, six = self._ends(reach)
        if not six:
            return self._router(way_out, reach)
        port = split_authority(target)[1]
        ends = [Target(six, port), *([Target(four, port)] if four else [])]
        results = tcp_sweep.sweep(ends, self.timeout_seconds, open_socket=reach.till.socket)
        return _judged(way_out, target, results)

    def _ends(self, reach: Reach) -> tuple[str, str, str]:
        """What is asked, and its IPv4 and IPv6 address, "" for none."""
        if not (self.check or self.name):
            return "", "", ""
        target = self.check or f"{self.name}:{_HTTPS}"
        host = split_authority(target)[0]
        if ":" in host:
            return target, "", host
        questions = [Question(server, host, Kind.AAAA) for server in reach.servers]
        answers = dns.ask(questions, self.timeout_seconds, open_socket=reach.till.socket)
        six = next((answer.addresses[0] for answer in answers if answer.addresses), "")
        return target, reach.find(host).address, six

    def _router(self, way_out: Route, reach: Reach) -> Reading:
        """No host to ask: then at least the way's first step."""
        if not way_out.gateway:
            because = "ipv6_check is not set"
            return IPV6_BROKEN.unknown(Reason.NOT_SET_UP, way_out.interface, because=because)
        where = zoned(way_out.gateway, way_out.interface)
        seen = gateway.ask(where, timeout_seconds=self.timeout_seconds, open_socket=reach.till.socket)
        if not seen.alive and way_out.gateway in _neighbours(reach.till):
            because = "the IPv6 router answers nobody; set ipv6_check"
            return IPV6_BROKEN.unknown(Reason.NOT_TESTED, way_out.interface, because=because)
        facts = {"target": way_out.gateway, "seen": seen.seen_by or "no answer"}
        return IPV6_BROKEN.failing_if(
            not seen.alive, way_out.interface, through=(way_out.interface,), **facts
        )


def _judged(way_out: Route, target: str, results: list[Result]) -> Reading:
    """One that IPv4 does not reach either says nothing of IPv6."""
    subject, six = way_out.interface, results[0]
    if six.outcome not in _ALIVE and not any(each.outcome in _ALIVE for each in results[1:]):
        because = (
            "IPv4 does not get there either" if results[1:] else "it has no IPv4 address to compare with"
        )
        return IPV6_BROKEN.unknown(Reason.NOT_TESTED, subject, because=because)
    seen = _SEEN.get(six.outcome, six.error or "an answer")
    works = six.outcome in _ALIVE
    return IPV6_BROKEN.failing_if(
        not works, subject, through=(subject,), target=target, seen="an answer" if works else seen
    )


def taken_addresses(interface: str, till: Till) -> Iterator[Reading]:
    """RFC 4862 5.4.5: an address that another one answered for must not be used."""
    try:
        table = till.read_text("proc/net/if_inet6")
    except OSError:
        yield IPV6_ADDRESS_TAKEN.unknown(Reason.NOT_SET_UP, interface, because="this kernel has no IPv6")
        return
    taken = [
        socket.inet_ntop(socket.AF_INET6, bytes.fromhex(packed))
        for packed, flags, name in _IF_INET6.findall(table)
        if name == interface and int(flags, 16) & _DAD_FAILED
    ]
    yield IPV6_ADDRESS_TAKEN.failing_if(
        bool(taken), interface, through=(interface,), address=", ".join(taken[:3]) or "none"
    )


def _way_out(routes: tuple[Route, ...]) -> Route | None:
    """The IPv6 route to everywhere with the lowest metric."""
    found = [
        route
        for route in routes
        if not (route.prefix_length or route.rejecting) and len(route.destination) == 16
    ]
    return min(found, key=lambda route: route.metric, default=None)


def _has_global_address(till: Till, interface: str) -> bool:
    """2000::/3 (RFC 4291 2.4). With a local one alone (fd00::/8) programs take IPv4: RFC 6724 2.1, labels."""
    try:
        own = till.addresses()
    except OSError:
        return False
    return any(
        ":" in each.address and pack_address(each.address)[0] >> 5 == 1
        for each in own
        if each.interface == interface
    )


def _neighbours(till: Till) -> frozenset[str]:
    try:
        return till.neighbours()
    except OSError:
        return frozenset()
