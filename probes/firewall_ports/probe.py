"""The ports a store needs, tried all at once, and the ports this till must not have open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta, Struct

from probes import host_names
from probes.base import Options, Probe
from probes.firewall_ports import listening as listening_ports
from probes.firewall_ports.conditions import UNEXPECTED_LISTENER
from probes.memory import Memory
from probes.own_firewall.settled import settled
from probes.path.conditions import PATH
from probes.path.evidence import Wanted
from probes.path.look import look
from probes.path.readings import of_hosts, readings, untested
from probes.path.since import Since
from probes.routing import Course, Ground, check_interface, course, routes_of, servers_of
from probes.till import Till
from protocols.resolv_conf import parse_server
from vocabulary.reading import Reading, Reason

NAME_SECONDS: Final = 3.0


class Outbound(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One port the store needs; `purpose` is said to people.

    `reference`: this port is known to work, blocked ones of the same host are compared with it. `vpn`: the
    interface of the tunnel that leads there.
    """

    host: str
    port: int
    purpose: str = ""
    reference: bool = False
    vpn: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError, which the settings show with its line."""
        host_names.check_host(self.host)
        if not 1 <= self.port <= 65535:
            raise ValueError(f"not a port: {self.port}")
        if self.vpn:
            check_interface(self.vpn)

    @property
    def subject(self) -> str:
        return f"{self.host}:{self.port}"


class FirewallOptions(Options, frozen=True, kw_only=True):
    """`resolvers` defaults to /etc/resolv.conf's. `listening_allowed` unset: open ports are not judged.
    `ruleset_socket` is asked for the rules of this till's own firewall.

    A router needs 3.1 s (measured) to say that a host is gone. `timeout_seconds` below 3 takes a lost packet
    for a blocked port (TCP sends again after one second), and below 1.1 a block by this till itself for one
    elsewhere.
    """

    outbound: tuple[Outbound, ...] = ()
    listening_allowed: tuple[int, ...] | None = None
    resolvers: tuple[str, ...] = ()
    timeout_seconds: Annotated[float, Meta(gt=0, le=5)] = 3.2
    ruleset_socket: str = "/run/poshealth-ruleset.sock"

    def __post_init__(self) -> None:
        """Raise ValueError, which the settings show with its line."""
        for text in self.resolvers:
            parse_server(text)


def read(options: FirewallOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """1. Listening ports. 2. Names to addresses. 3. All ports at once, and the way of those that fail."""
    yield listening_ports.reading(options.listening_allowed, till)
    if not options.outbound:
        yield from untested("", Reason.NOT_SET_UP, "no outbound ports in the settings")
    asked = {one.subject: one for one in options.outbound}
    servers = servers_of(till, options.resolvers)
    hosts = [one.host for one in asked.values()]
    addresses = host_names.find(hosts, servers, min(options.timeout_seconds, NAME_SECONDS), till)
    ground = Ground(routes=routes_of(till))
    wanted = []
    for subject, one in asked.items():
        found = addresses[one.host]
        if found.address:
            wanted.append(_wanted(one, found.address, course(found.address, one.vpn, ground, till)))
        else:
            yield from untested(subject, Reason.NOT_TESTED, found.because)
    since = Since(memory, till.wall_seconds())
    findings = []
    seen = look(wanted, options.timeout_seconds, till, memory)
    for finding in settled(seen, till, options.ruleset_socket):
        findings.append(finding)
        tried = finding.wanted
        yield from readings(finding, (*tried.course.subjects, tried.address, tried.subject), since)
    yield from of_hosts(findings, since)
    since.keep()


def _wanted(one: Outbound, address: str, course: Course) -> Wanted:
    return Wanted(
        subject=one.subject,
        purpose=one.purpose or f"TCP {one.port}",
        target=one.subject,
        address=address,
        port=one.port,
        course=course,
        reference=one.reference,
    )


PROBE: Final = Probe(
    id="firewall_ports",
    title="Firewall ports",
    conditions=(*PATH, UNEXPECTED_LISTENER),
    options=FirewallOptions,
    read=read,
    timeout_seconds=16.0,  # names 3 s, ports 3.2 s with their traces, own rules 3.5 s, and room
)
