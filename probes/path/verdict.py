"""From evidence to the one condition that keeps a connection from its destination. No I/O."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from probes.network.conditions import HOST_GONE, LINE_DOWN, NO_WAY, ROUTING_LOOP, UPSTREAM_SILENT
from probes.path.conditions import (
    BLOCKED_HERE,
    INTERCEPTED,
    PORT_DROPPED,
    PORT_REFUSED,
    PORT_REJECTED,
    RESET_ON_THE_WAY,
)
from probes.path.evidence import (
    Evidence,
    circle,
    distance_of,
    end_of,
    is_beginning,
    is_reset_at_once,
    reach_of,
)
from protocols.icmp import Complaint
from protocols.path_trace import last_hop
from protocols.tcp_sweep import Outcome
from vocabulary.condition import Condition
from vocabulary.reading import Fact

UNKNOWN: Final = "unknown"
THIS_TILL: Final = "this till"
HERE: Final = "by this till"
IN_STORE: Final = "in the store network"
BY_HOST: Final = "by the host itself"
OWN_CABLE: Final = "the till's own cable"
BEYOND: Final = "beyond the first router"
_BY_REJECT: Final = "its firewall rejects the packets"
_BY_RESET: Final = "a reset comes before the first router"
_BY_ROUTE: Final = "a route forbids it"
_HOW: Final = {"ETIMEDOUT": "its firewall drops the packets", "EPERM": "a filter on this program forbids it"}
NOT_SEEN: Final = "not seen"
_HOST_UNREACHABLE: Final = {False: 1, True: 3}  # ICMP codes by "is IPv6": RFC 792, RFC 4443 3.1


class Verdict(Struct, frozen=True):
    """`condition` is None for an open way, or one that was not tested: then `because` says why."""

    condition: Condition | None = None
    facts: dict[str, Fact] = {}
    because: str = ""


def judge(evidence: Evidence) -> Verdict:
    """Who is in the way, by the connection's own end first, then by the traces."""
    result = evidence.result
    match result.outcome:
        case Outcome.OPEN:
            return _opened(evidence)
        case Outcome.FAILED:
            return Verdict(because=result.error or UNKNOWN)
        case Outcome.BLOCKED_HERE:
            how = _BY_REJECT if result.complaint else _HOW.get(result.error, _BY_ROUTE)
            return Verdict(BLOCKED_HERE, {"how": how, "rule": NOT_SEEN})
        case Outcome.NO_ROUTE:
            return Verdict(NO_WAY, {"offender": THIS_TILL})
        case Outcome.REFUSED:
            return _refused(evidence)
        case Outcome.EXPIRED | Outcome.REJECTED | Outcome.UNREACHABLE if result.complaint:
            return _complained(evidence, result.complaint, result.outcome)
        case _:
            return _silent(evidence)


def _opened(evidence: Evidence) -> Verdict:
    """What opens nearer than the host, on the host's own way, is not the host."""
    near, far = distance_of(evidence.trace), distance_of(evidence.reference)
    if not 0 < near < far or not is_beginning(evidence.trace, evidence.reference):
        return Verdict()
    facts: dict[str, Fact] = {
        "offender": last_hop(evidence.trace) or evidence.wanted.way[-1],
        "near": near,
        "far": far,
    }
    return Verdict(INTERCEPTED, facts)


def _refused(evidence: Evidence) -> Verdict:
    """Resets carry no sender's name: how far a packet must be let go to be refused is its distance."""
    wanted = evidence.wanted
    if not wanted.is_far:
        beyond = BEYOND if wanted.course.tunnel else IN_STORE
        return Verdict(PORT_REFUSED, {"where": HERE if wanted.way == ("lo",) else beyond})
    end = end_of(evidence.trace)
    if end is None or end.outcome is not Outcome.REFUSED:
        return Verdict(PORT_REFUSED, {"where": BEYOND})
    if is_reset_at_once(evidence.trace):
        here = Verdict(BLOCKED_HERE, {"how": _BY_RESET, "rule": NOT_SEEN})
        return here if evidence.resets_are_ours else Verdict(RESET_ON_THE_WAY, {"offender": OWN_CABLE})
    others = (evidence.reference, evidence.datagrams)
    if any(end.distance < reach_of(other) and is_beginning(evidence.trace, other) for other in others):
        return Verdict(RESET_ON_THE_WAY, {"offender": last_hop(evidence.trace) or BEYOND})
    return Verdict(
        PORT_REFUSED, {"where": BY_HOST if end.distance == distance_of(evidence.reference) else BEYOND}
    )


def _complained(evidence: Evidence, complaint: Complaint, outcome: Outcome) -> Verdict:
    """Whoever sends the ICMP message says what it will not do; ourselves: nobody answered ARP."""
    facts: dict[str, Fact] = {
        "offender": complaint.offender,
        "icmp": f"{complaint.type}/{complaint.code}",
    }
    if outcome is Outcome.EXPIRED:
        return _circling(evidence, complaint.offender)
    if outcome is Outcome.REJECTED:
        return Verdict(PORT_REJECTED, facts)
    if complaint.offender == evidence.result.source:
        return Verdict(PORT_DROPPED, {"last_hop": UNKNOWN})
    if evidence.host_answers:
        return Verdict(PORT_REJECTED, facts)  # it knows the way very well
    if complaint.offender in evidence.wanted.way:
        return Verdict(NO_WAY if evidence.others_answer else LINE_DOWN, facts)
    host = complaint.code == _HOST_UNREACHABLE[complaint.ipv6]
    return Verdict(HOST_GONE if host and _is_last(evidence, complaint.offender) else NO_WAY, facts)


def _is_last(evidence: Evidence, offender: str) -> bool:
    """No other hop is known to stand between it and the host."""
    at = next((hop.distance for hop in evidence.reference if hop.address == offender), 0)
    return not at or at + 1 >= distance_of(evidence.reference)


def _circling(evidence: Evidence, offender: str) -> Verdict:
    first, second = circle(evidence.trace) or (offender, UNKNOWN)
    return Verdict(ROUTING_LOOP, {"offender": first, "other": second})


def _silent(evidence: Evidence) -> Verdict:
    """Nothing came back: the last hop that answers for itself is the nearest that can be named."""
    if circle(evidence.trace):
        return _circling(evidence, UNKNOWN)
    end = end_of(evidence.trace)
    if end is not None and end.complaint is not None:
        return _complained(evidence, end.complaint, end.outcome)
    if _ends_at_gateway(evidence):
        return Verdict(UPSTREAM_SILENT, {"offender": evidence.wanted.way[1]})
    known = evidence.reference or evidence.datagrams
    return Verdict(PORT_DROPPED, {"last_hop": last_hop(evidence.trace, known) or UNKNOWN})


def _ends_at_gateway(evidence: Evidence) -> bool:
    """The router answers, and nothing that was sent beyond it does: neither TCP nor UDP, to anybody."""
    if not evidence.datagrams or evidence.others_answer or evidence.host_answers:
        return False
    ways = (*evidence.trace, *evidence.datagrams)
    return {hop.distance for hop in ways if hop.outcome is not Outcome.DROPPED} == {1}
