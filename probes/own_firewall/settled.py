"""Findings of the way to a host, with what the till's own rules have to do with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from probes.path.conditions import BLOCKED_HERE
from probes.path.look import Finding
from probes.path.verdict import Verdict
from probes.till import Till
from protocols.tcp_sweep import Outcome, Result
from vocabulary.reading import ANYWHERE

if TYPE_CHECKING:
    from probes.own_firewall.finding import Finding as Own

_LIKE_A_RULE: Final = frozenset({Outcome.BLOCKED_HERE, Outcome.DROPPED})


def settled(findings: Iterable[Finding], till: Till, service: str) -> Iterator[Finding]:
    """What no rule of ours could have done at once; the rest when the rules have been asked for."""
    later: dict[str, Finding] = {}
    for finding in findings:
        if _may_be_ours(finding):
            later[finding.wanted.subject] = finding
        else:
            yield finding
    if later:
        yield from _asked_of_the_rules(later, till, service)


def _asked_of_the_rules(later: dict[str, Finding], till: Till, service: str) -> Iterator[Finding]:
    # the rules' language is 0.6 MB, for the child that found a port closed and nobody else
    from probes.own_firewall.finding import Try, why_blocked_here  # noqa: PLC0415

    tries = {name: Try(one.result, _interface(one)) for name, one in later.items()}
    own = why_blocked_here(tries, till, service)
    for name, finding in later.items():
        yield replace(finding, verdict=_verdict(finding.verdict, own[name]))


def _may_be_ours(finding: Finding) -> bool:
    result = finding.result
    return (
        result.outcome in _LIKE_A_RULE
        or finding.verdict.condition is BLOCKED_HERE
        or (result.outcome is Outcome.UNREACHABLE and _complains_itself(result))
    )


def _complains_itself(result: Result) -> bool:
    return result.complaint is None or result.complaint.offender == result.source


def _interface(finding: Finding) -> str:
    way = finding.wanted.way
    return way[0] if way and way != (ANYWHERE,) else ""


def _verdict(verdict: Verdict, own: Own) -> Verdict:
    """A reset before the first router stays ours also where no rule is seen that does it."""
    told = {"rule": own.rule or "none", "rule_says": own.says}
    if own.blocks:
        return Verdict(BLOCKED_HERE, {"how": own.how, **told})
    if verdict.condition is BLOCKED_HERE:
        return Verdict(BLOCKED_HERE, {**verdict.facts, **told})
    if own.rule and verdict.condition is not None:
        return replace(verdict, facts={**verdict.facts, "own_rule": f"{own.rule}: {own.says}"})
    return verdict
