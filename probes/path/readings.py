"""The conditions of the way to one destination, at most one of them failing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probes.network.conditions import UPSTREAM_SILENT
from probes.path.conditions import PAST_THE_TUNNEL, PATH, PORT_DROPPED, TO_THE_HOST
from probes.path.look import Finding
from probes.path.since import Since
from probes.path.verdict import THIS_TILL, Verdict
from vocabulary.condition import Condition
from vocabulary.reading import Fact, Reading, Reason


def readings(
    finding: Finding, through: tuple[str, ...], since: Since, conditions: Sequence[Condition] = PATH
) -> Iterator[Reading]:
    wanted, verdict = finding.wanted, finding.verdict
    if verdict.because:
        yield from untested(wanted.subject, Reason.NOT_TESTED, verdict.because, conditions)
        return
    for condition in conditions:
        if wanted.is_far and condition in _unjudged(verdict):
            continue
        if condition is PAST_THE_TUNNEL and not wanted.course.tunnel:
            yield condition.unknown(Reason.NOT_SET_UP, wanted.subject, because="vpn is not set")
            continue
        if condition is not verdict.condition and wanted.course.strays:
            because = PAST_THE_TUNNEL.code
            yield condition.unknown(Reason.NOT_TESTED, wanted.subject, because=because, through=through)
            continue
        if condition is not verdict.condition:
            yield condition.ok(wanted.subject, through=through)
            continue
        facts = verdict.facts | common_facts(finding, since)
        yield condition.failing(wanted.subject, through=through, **facts)


def common_facts(finding: Finding, since: Since) -> dict[str, Fact]:
    """What the sentences of every such condition name."""
    wanted, source = finding.wanted, finding.result.source
    return {
        "flow": f"{source or THIS_TILL} > {wanted.address} TCP {wanted.port}",
        "purpose": wanted.purpose,
        "target": wanted.target,
        "source": source or THIS_TILL,
        "address": wanted.address,
        "since": since.of(wanted.subject),
    }


def _unjudged(verdict: Verdict) -> tuple[Condition, ...]:
    """Of silence nobody knows whether a hop would have said why: hops say it seldom, so another may know."""
    if verdict.condition is UPSTREAM_SILENT:
        return TO_THE_HOST
    return (*TO_THE_HOST, UPSTREAM_SILENT) if verdict.condition is PORT_DROPPED else ()


def of_hosts(findings: Sequence[Finding], since: Since) -> Iterator[Reading]:
    """By address: what was said to one of a host's ports, for those of any probe that were told nothing."""
    said: dict[tuple[Condition, str], Finding] = {}
    for finding in findings:
        condition = finding.verdict.condition
        if condition in TO_THE_HOST and finding.wanted.is_far:
            said.setdefault((condition, finding.wanted.address), finding)
    for (condition, address), finding in said.items():
        facts = finding.verdict.facts | common_facts(finding, since)
        way = (*finding.wanted.course.subjects, finding.wanted.subject)
        yield condition.failing(address, through=way, **facts)


def untested(
    subject: str, reason: Reason, because: str, conditions: Sequence[Condition] = PATH
) -> Iterator[Reading]:
    for condition in conditions:
        yield condition.unknown(reason, subject, because=because)
