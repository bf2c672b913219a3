"""The ports a store needs, tried all at once, and the ports this till must not have open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta, Struct

from probes import host_names
from probes.base import Options, Probe
from probes.firewall_ports import listening as listening_ports
from probes.firewall_ports.conditions import (
    BLOCKED_HERE,
    NO_WAY,
    OUTBOUND,
    PORT_DROPPED,
    PORT_REFUSED,
    PORT_REJECTED,
    UNEXPECTED_LISTENER,
)
from probes.firewall_ports.evidence import Attempt, last_hops, where_refused
from probes.memory import Memory, MemoryFullError
from probes.routing import Ground, routes_of, servers_of
from probes.till import Till
from protocols.resolv_conf import parse_server
from protocols.tcp_sweep import Outcome, Result, Target, results
from vocabulary.condition import Condition
from vocabulary.moments import as_fact
from vocabulary.reading import Fact, Reading, Reason

__all__ = [
    "BLOCKED_HERE",
    "NO_WAY",
    "PORT_DROPPED",
    "PORT_REFUSED",
    "PORT_REJECTED",
    "PROBE",
    "UNEXPECTED_LISTENER",
    "FirewallOptions",
    "Outbound",
]

_UNKNOWN: Final = "unknown"
_THIS_TILL: Final = "this till"
_BY_REJECT: Final = "its firewall rejects the packets"
_BY_ROUTE: Final = "a route forbids it"
_HOW: Final = {"ETIMEDOUT": "its firewall drops the packets", "EPERM": "a filter on this program forbids it"}
_LATER: Final = (Outcome.REFUSED, Outcome.DROPPED)  # a second look says where


class Outbound(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One port the store needs; `purpose` is said to people.

    `reference`: this port is known to work, blocked ones of the same host are compared with it.
    """

    host: str
    port: int
    purpose: str = ""
    reference: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError, which the settings show with its line."""
        host_names.check_host(self.host)
        if not 1 <= self.port <= 65535:
            raise ValueError(f"not a port: {self.port}")

    @property
    def subject(self) -> str:
        return f"{self.host}:{self.port}"


class FirewallOptions(Options, frozen=True, kw_only=True):
    """`resolvers` defaults to /etc/resolv.conf's. `listening_allowed` unset: open ports are not judged.

    `timeout_seconds` below 3 takes a lost packet for a blocked port (TCP sends again after one second), and
    below 1.1 a block by this till itself for one elsewhere.
    """

    outbound: tuple[Outbound, ...] = ()
    listening_allowed: tuple[int, ...] | None = None
    resolvers: tuple[str, ...] = ()
    timeout_seconds: Annotated[float, Meta(gt=0, le=5)] = 3.0

    def __post_init__(self) -> None:
        """Raise ValueError, which the settings show with its line."""
        for text in self.resolvers:
            parse_server(text)


def read(options: FirewallOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """1. Listening ports. 2. Names to addresses. 3. All ports at once; what is clear is said as it comes.

    4. For the refused: was it the first hop already? For the dropped of one host: which hop was the last?
    """
    yield listening_ports.reading(options.listening_allowed, till)
    wanted = {one.subject: one for one in options.outbound}
    if not wanted:
        yield from _all_unknown("", Reason.NOT_SET_UP, "no outbound ports in the settings")
    servers = servers_of(till, options.resolvers)
    hosts = [one.host for one in wanted.values()]
    addresses = host_names.find(hosts, servers, options.timeout_seconds, till)
    for subject, one in wanted.items():
        if addresses[one.host].because:
            yield from _all_unknown(subject, Reason.NOT_TESTED, addresses[one.host].because)
    reachable = [one for one in wanted.values() if addresses[one.host].address]
    since = _Since(memory, till.wall_seconds())
    attempts: list[Attempt] = []
    for attempt in _attempts(reachable, addresses, options.timeout_seconds, till):
        attempts.append(attempt)
        if attempt.outcome not in _LATER:
            yield from _readings(attempt, wanted[attempt.subject], since)
    where, hops = where_refused(attempts, till), last_hops(attempts, till)
    for attempt in attempts:
        subject = attempt.subject
        if attempt.outcome is Outcome.REFUSED:
            yield from _readings(attempt, wanted[subject], since, where=where[subject])
        elif attempt.outcome is Outcome.DROPPED:
            yield from _readings(attempt, wanted[subject], since, last_hop=hops.get(subject) or _UNKNOWN)
    since.keep()


def _attempts(
    reachable: list[Outbound], addresses: dict[str, host_names.Found], timeout_seconds: float, till: Till
) -> Iterator[Attempt]:
    ground = Ground(routes=routes_of(till))
    targets = [Target(addresses[one.host].address, one.port) for one in reachable]
    for index, result in results(targets, timeout_seconds, open_socket=till.socket):
        one = reachable[index]
        yield Attempt(one.subject, result, ground.through(result.target.address), one.reference)


def _all_unknown(subject: str, reason: Reason, because: str) -> Iterator[Reading]:
    for condition in OUTBOUND:
        yield condition.unknown(reason, subject, because=because)


def _readings(attempt: Attempt, wanted: Outbound, since: _Since, **details: Fact) -> Iterator[Reading]:
    """Every condition for this port, at most one of them failing."""
    subject, result = attempt.subject, attempt.result
    if result.outcome is Outcome.FAILED:
        yield from _all_unknown(subject, Reason.NOT_TESTED, result.error or _UNKNOWN)
        return
    blamed, facts = _verdict(result)
    for condition in OUTBOUND:
        if condition is not blamed:
            yield condition.ok(subject, through=attempt.way)
            continue
        source, target = result.source or _THIS_TILL, result.target
        facts |= {
            "flow": f"{source} > {target.address} TCP {target.port}",
            "purpose": wanted.purpose or f"TCP {target.port}",
            "since": since.of(subject),
            **details,
        }
        yield condition.failing(subject, through=attempt.way, **facts)


def _verdict(result: Result) -> tuple[Condition | None, dict[str, Fact]]:
    complaint = result.complaint
    offender = complaint.offender if complaint else _THIS_TILL
    match result.outcome:
        case Outcome.OPEN:
            return None, {}
        case Outcome.REFUSED:
            return PORT_REFUSED, {}
        case Outcome.REJECTED if complaint:
            return PORT_REJECTED, {"offender": offender, "icmp": f"{complaint.type}/{complaint.code}"}
        case Outcome.BLOCKED_HERE:
            return BLOCKED_HERE, {"how": _BY_REJECT if complaint else _HOW.get(result.error, _BY_ROUTE)}
        case Outcome.DROPPED:
            return PORT_DROPPED, {"last_hop": _UNKNOWN}
        case Outcome.UNREACHABLE if not complaint or offender == result.source:
            return PORT_DROPPED, {"last_hop": _UNKNOWN}  # not even the next hop gives a sign of life
        case _:
            return NO_WAY, {"offender": offender}


class _Since:
    """Since when each port fails, by this machine's clock, kept from round to round."""

    def __init__(self, memory: Memory, now: float) -> None:
        before = memory.get("since")
        self._memory = memory
        self._before: dict[str, float] = before if isinstance(before, dict) else {}
        self._now = now
        self._current: dict[str, float] = {}

    def of(self, subject: str) -> str:
        """Since when, with its zone."""
        self._current[subject] = self._before.get(subject, self._now)
        return as_fact(self._current[subject])

    def keep(self) -> None:
        try:
            self._memory.set("since", {key: round(value) for key, value in self._current.items()})
        except MemoryFullError:  # more failing ports than are worth remembering
            self._memory.forget("since")


PROBE: Final = Probe(
    id="firewall_ports",
    title="Firewall ports",
    conditions=(*OUTBOUND, UNEXPECTED_LISTENER),
    options=FirewallOptions,
    read=read,
    timeout_seconds=12.0,  # names 3 s, ports 3 s, trace 0.8 s, and room for a longer timeout
)
