"""Every kind of evidence, and the one condition it leads to."""

from __future__ import annotations

import pytest

from probes.path.evidence import Evidence, Wanted
from probes.path.verdict import Verdict, judge
from probes.routing import Course
from protocols.icmp import Complaint
from protocols.path_trace import Hop
from protocols.tcp_sweep import Outcome, Result, Target
from vocabulary.reading import Fact

TILL, ROUTER, PROVIDER, CORE, HOST = "10.8.0.2", "10.8.0.1", "10.8.1.2", "10.8.2.2", "10.8.3.2"
HOPS = (ROUTER, PROVIDER, CORE)
OPEN, REFUSED, DROPPED = Outcome.OPEN, Outcome.REFUSED, Outcome.DROPPED
ENDS = {"open": Outcome.OPEN, "refused": Outcome.REFUSED}


def way(*hops: str) -> tuple[Hop, ...]:
    """Addresses in order; "" keeps silent, "open" and "refused" are the end."""
    return tuple(
        Hop(distance, ENDS[hop]) if hop in ENDS else Hop(distance, Outcome.EXPIRED if hop else DROPPED, hop)
        for distance, hop in enumerate(hops, 1)
    )


def seen(outcome: Outcome, complaint: Complaint | None = None, error: str = "", **more: object) -> Evidence:
    wanted = Wanted(
        subject="card/primary",
        purpose="card/primary",
        target=f"{HOST}:8583",
        address=HOST,
        port=8583,
        course=Course(way=("eth0", ROUTER)),
    )
    result = Result(target=Target(HOST, 8583), outcome=outcome, complaint=complaint, error=error, source=TILL)
    return Evidence(wanted=wanted, result=result, **more)  # type: ignore[arg-type]


def ended(complaint: Complaint, outcome: Outcome, *before: str) -> tuple[Hop, ...]:
    """A trace that somebody ends by complaining."""
    return (*way(*before), Hop(len(before) + 1, outcome, complaint.offender, complaint))


REFERENCE = way(*HOPS, "open")
REJECTED, UNREACHABLE = Outcome.REJECTED, Outcome.UNREACHABLE
HERE, DEAD_HOP = Complaint(TILL, 3, 3), Complaint(TILL, 3, 1)
NO_NET, NO_HOST = Complaint(PROVIDER, 3, 0), Complaint(CORE, 3, 1)
CIRCLE = way(ROUTER, PROVIDER, CORE, PROVIDER, CORE)
Row = tuple[Evidence, str, dict[str, Fact]]

ROWS: list[Row] = [
    # it opens
    (seen(OPEN), "", {}),
    (seen(OPEN, trace=REFERENCE, reference=REFERENCE), "", {}),
    (seen(OPEN, trace=way("open"), reference=REFERENCE), "path.intercepted", {"near": 1, "far": 4}),
    (seen(OPEN, trace=way(ROUTER, "open"), reference=REFERENCE), "path.intercepted", {"offender": ROUTER}),
    (seen(OPEN, trace=way(ROUTER, "", "open"), reference=REFERENCE), "path.intercepted", {"near": 3}),
    # the Internet found a shorter way
    (seen(OPEN, trace=way(ROUTER, "10.9.9.9", "open"), reference=REFERENCE), "", {}),
    # it is refused
    (seen(REFUSED), "firewall.port-refused", {"where": "beyond the first router"}),
    (
        seen(REFUSED, trace=way(*HOPS, "refused"), reference=REFERENCE),
        "firewall.port-refused",
        {"where": "by the host itself"},
    ),
    (
        seen(REFUSED, trace=way(ROUTER, PROVIDER, "refused"), reference=REFERENCE),
        "firewall.reset-on-the-way",
        {"offender": PROVIDER},
    ),
    # without an open port: a datagram goes farther than the refusal comes from
    (
        seen(REFUSED, trace=way(ROUTER, "refused"), datagrams=way(ROUTER, PROVIDER, "")),
        "firewall.reset-on-the-way",
        {"offender": ROUTER},
    ),
    (seen(REFUSED, trace=way(*HOPS, "refused"), datagrams=way(*HOPS, "")), "firewall.port-refused", {}),
    (seen(REFUSED, trace=way("refused")), "firewall.blocked-here", {}),
    (
        seen(REFUSED, trace=way("refused"), resets_are_ours=False),
        "firewall.reset-on-the-way",
        {"offender": "the till's own cable"},
    ),
    # somebody says no
    (seen(REJECTED, Complaint(PROVIDER, 3, 13)), "firewall.port-rejected", {"icmp": "3/13"}),
    (seen(Outcome.BLOCKED_HERE, HERE), "firewall.blocked-here", {"how": "its firewall rejects the packets"}),
    (seen(Outcome.BLOCKED_HERE, error="ETIMEDOUT"), "firewall.blocked-here", {}),
    (
        seen(Outcome.BLOCKED_HERE, error="EPERM"),
        "firewall.blocked-here",
        {"how": "a filter on this program forbids it"},
    ),
    (seen(Outcome.NO_ROUTE), "firewall.no-way", {"offender": "this till"}),
    # nobody knows the way
    (seen(UNREACHABLE, Complaint(ROUTER, 3, 0)), "path.line-down", {"offender": ROUTER}),
    (seen(UNREACHABLE, Complaint(ROUTER, 3, 1)), "path.line-down", {"icmp": "3/1"}),
    (seen(UNREACHABLE, Complaint(ROUTER, 3, 0), others_answer=True), "firewall.no-way", {"offender": ROUTER}),
    (seen(UNREACHABLE, NO_NET), "firewall.no-way", {"offender": PROVIDER}),
    (seen(UNREACHABLE, NO_HOST), "path.host-gone", {"offender": CORE}),
    (seen(UNREACHABLE, NO_HOST, reference=REFERENCE), "path.host-gone", {}),
    (
        seen(UNREACHABLE, Complaint(PROVIDER, 3, 1), reference=REFERENCE),
        "firewall.no-way",
        {"offender": PROVIDER},
    ),
    (seen(UNREACHABLE, NO_HOST, host_answers=True), "firewall.port-rejected", {"icmp": "3/1"}),
    # round and round
    (
        seen(Outcome.EXPIRED, Complaint(CORE, 11, 0), trace=CIRCLE),
        "path.routing-loop",
        {"offender": PROVIDER, "other": CORE},
    ),
    (seen(DROPPED, trace=CIRCLE), "path.routing-loop", {"offender": PROVIDER, "other": CORE}),
    # a hop that stands for several is no circle
    (seen(DROPPED, trace=way(ROUTER, PROVIDER, PROVIDER, PROVIDER, "")), "firewall.port-dropped", {}),
    (seen(Outcome.EXPIRED, Complaint(CORE, 11, 0)), "path.routing-loop", {"other": "unknown"}),
    # silence
    (seen(DROPPED), "firewall.port-dropped", {"last_hop": "unknown"}),
    (seen(UNREACHABLE, DEAD_HOP), "firewall.port-dropped", {"last_hop": "unknown"}),
    (
        seen(DROPPED, trace=way(ROUTER, PROVIDER, "", ""), reference=REFERENCE),
        "firewall.port-dropped",
        {"last_hop": PROVIDER},
    ),
    (seen(DROPPED, trace=ended(NO_HOST, UNREACHABLE, *HOPS)), "path.host-gone", {"offender": CORE}),
    (
        seen(DROPPED, trace=way(ROUTER, "", ""), datagrams=way(ROUTER, "", "")),
        "path.upstream-silent",
        {"offender": ROUTER},
    ),
    (
        seen(DROPPED, trace=way(ROUTER, "", ""), datagrams=way(ROUTER, PROVIDER, "")),
        "firewall.port-dropped",
        {"last_hop": ROUTER},
    ),
    (
        seen(DROPPED, trace=way(ROUTER, "", ""), datagrams=way(ROUTER, "", ""), others_answer=True),
        "firewall.port-dropped",
        {"last_hop": ROUTER},
    ),
    (seen(DROPPED, trace=way("", ""), datagrams=way("", "")), "firewall.port-dropped", {}),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_evidence_leads_to_one_condition(row: Row) -> None:
    """With the facts a network team acts on."""
    evidence, code, facts = row
    verdict = judge(evidence)

    assert (verdict.condition.code if verdict.condition else "") == code
    assert verdict.facts.items() >= facts.items()


def test_what_could_not_be_tried_is_not_judged() -> None:
    """No socket to be had is nobody's fault on the way."""
    assert judge(seen(Outcome.FAILED, error="EMFILE")) == Verdict(because="EMFILE")


@pytest.mark.parametrize(
    ("taken", "where"),
    [
        (Course(way=("lo",)), "by this till"),
        (Course(way=("eth0",)), "in the store network"),
        (Course(way=("wg0",), tunnel="wg0", below=("wg0", "eth0", ROUTER)), "beyond the first router"),
    ],
)
def test_a_refusal_without_a_gateway_needs_no_trace(taken: Course, where: str) -> None:
    """There is no hop in between to name; what a tunnel leads to is not in the store."""
    evidence = seen(REFUSED)
    wanted = Wanted(
        **{
            name: getattr(evidence.wanted, name)
            for name in ("subject", "purpose", "target", "address", "port")
        },
        course=taken,
    )

    assert judge(Evidence(wanted=wanted, result=evidence.result)).facts == {"where": where}
