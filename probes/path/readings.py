"""The conditions of the way to one destination, at most one of them failing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probes.network.conditions import LINE_DOWN, THE_LINE, UPSTREAM_SILENT
from probes.path.conditions import PATH
from probes.path.look import Finding
from probes.path.since import Since
from probes.path.verdict import THIS_TILL, UNKNOWN, Verdict
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
        "since": since.of(wanted.subject),
    }


def _unjudged(verdict: Verdict) -> tuple[Condition, ...]:
    """Of silence at the router nobody knows whether it would say that its line is down: another may know."""
    if verdict.condition is UPSTREAM_SILENT:
        return (LINE_DOWN,)
    return THE_LINE if verdict.facts.get("last_hop") == UNKNOWN else ()


def untested(
    subject: str, reason: Reason, because: str, conditions: Sequence[Condition] = PATH
) -> Iterator[Reading]:
    for condition in conditions:
        yield condition.unknown(reason, subject, because=because)
