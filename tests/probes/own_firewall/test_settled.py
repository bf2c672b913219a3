"""Findings of the way to a host keep their verdict where the till's own rules have nothing to do with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.own_firewall.asker import START
from probes.own_firewall.settled import settled
from probes.path.conditions import BLOCKED_HERE, PORT_DROPPED, PORT_REFUSED
from probes.path.evidence import Wanted
from probes.path.look import Finding
from probes.path.verdict import Verdict
from probes.routing import Course
from probes.till import Till
from protocols.tcp_sweep import Outcome, Result, Target

WANTED = Wanted(
    subject="card",
    purpose="card",
    target="10.8.3.2:9",
    address="10.8.3.2",
    port=9,
    course=Course(way=("eth0", "10.8.0.1")),
)


def found(outcome: Outcome, verdict: Verdict) -> Finding:
    result = Result(target=Target("10.8.3.2", 9), outcome=outcome, source="10.8.0.2")
    return Finding(WANTED, result, verdict)


@pytest.mark.parametrize(
    "finding",
    [
        found(Outcome.OPEN, Verdict()),
        found(Outcome.REFUSED, Verdict(PORT_REFUSED, {"where": "beyond the first router"})),
    ],
)
def test_what_no_rule_of_ours_could_have_done_stays(finding: Finding, tmp_path: Path) -> None:
    assert list(settled([finding], Till(), str(tmp_path / "nowhere"))) == [finding]


def test_without_the_service_a_reset_before_the_first_router_stays_ours(tmp_path: Path) -> None:
    """And the command that would show the rule is told; a drop is not made ours."""
    reset = found(Outcome.REFUSED, Verdict(BLOCKED_HERE, {"how": "a reset comes before the first router"}))
    dropped = found(Outcome.DROPPED, Verdict(PORT_DROPPED, {"last_hop": "10.8.0.1"}))
    (first,) = settled([reset], Till(), str(tmp_path / "nowhere"))
    (second,) = settled([dropped], Till(), str(tmp_path / "nowhere"))

    assert (first.verdict.condition, first.verdict.facts["rule_says"]) == (BLOCKED_HERE, START)
    assert (second.verdict.condition, second.verdict.facts["own_rule"]) == (
        PORT_DROPPED,
        f"not seen: {START}",
    )
