"""Every destination tried at once, and a second look at the way of those that fail."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from msgspec import Struct

from probes.memory import Memory
from probes.network.conditions import LINE_DOWN, UPSTREAM_SILENT
from probes.path.conditions import PAST_THE_TUNNEL, PORT_DROPPED, PORT_REJECTED, TO_THE_HOST
from probes.path.evidence import Evidence, Wanted
from probes.path.nearness import answered_nearer
from probes.path.tracing import Seen, trace_host
from probes.path.verdict import UNKNOWN, Verdict, judge
from probes.path.ways import Ways
from probes.till import Till
from protocols.path_trace import TIMEOUT_SECONDS as TRACE_SECONDS
from protocols.tcp_sweep import Outcome, Result, Sweep

# A lost SYN is sent again after one second: what is silent for longer is worth a trace.
_SETTLED_SECONDS: Final = 1.3
_BETWEEN_HOSTS_SECONDS: Final = (
    1.0  # a router speaks to us once a second after a burst: net.ipv4.icmp_ratelimit
)


class Finding(Struct, frozen=True):
    wanted: Wanted
    result: Result
    verdict: Verdict


def look(
    wanted: Sequence[Wanted],
    timeout_seconds: float,
    till: Till,
    memory: Memory,
    earlier: Sequence[Finding] = (),
) -> Iterator[Finding]:
    """One finding each, those that are open first; beside what this round has found `earlier`.

    What would go past its tunnel is not tried: strangers might get it.
    1. All at once, until no answer can be under way any more. 2. Does an open one answer from nearer than
    its host is? 3. While the silent ones are given their time: the way to failing ones, a host a second.
    """
    yield from (kept_back(one) for one in wanted if one.course.strays)
    wanted = [one for one in wanted if not one.course.strays]
    ways = Ways(memory)
    begun = time.monotonic()
    deadline = begun + timeout_seconds
    settled = min(begun + _SETTLED_SECONDS, deadline - TRACE_SECONDS)
    with Sweep(till.socket) as sweep:
        found = dict(sweep.start(one.aim() for one in wanted))
        found |= dict(sweep.until(max(settled, begun + timeout_seconds / 2)))
        opened = {wanted[index]: result for index, result in found.items() if result.outcome is Outcome.OPEN}
        nearer = answered_nearer(opened, ways, till)
        for one, result in opened.items():
            yield Finding(one, result, judge(nearer.get(one) or Evidence(wanted=one, result=result)))
        seen = _trace(wanted, found, sweep, ways, till, deadline)
        found |= dict(chain(sweep.until(deadline), sweep.give_up()))
    results = {wanted[index]: result for index, result in sorted(found.items())}
    failing = {one: result for one, result in results.items() if one not in opened}
    results |= {finding.wanted: finding.result for finding in earlier}
    verdicts = {one: judge(_evidence(one, results, seen, ways)) for one in failing}
    told = {finding.wanted: finding.verdict for finding in earlier} | verdicts
    for one, verdict in verdicts.items():
        yield Finding(one, failing[one], _with_what_others_were_told(one, verdict, told))


def kept_back(one: Wanted) -> Finding:
    verdict = Verdict(PAST_THE_TUNNEL, {"tunnel": one.course.tunnel})
    return Finding(one, Result(target=one.aim(), outcome=Outcome.NO_ROUTE), verdict)


def _trace(  # noqa: PLR0917  the state of one look
    wanted: Sequence[Wanted],
    found: dict[int, Result],
    sweep: Sweep,
    ways: Ways,
    till: Till,
    deadline: float,
) -> dict[str, Seen]:
    """By address; what the pending ones answer meanwhile goes into `found`."""
    seen: dict[str, Seen] = {}
    while time.monotonic() < deadline:
        results = {wanted[index]: result for index, result in found.items()}
        pending = [wanted[index] for index in sorted(sweep.pending)]
        failing = [one for one in (*results, *pending) if one.is_far and _is_worth_a_trace(results.get(one))]
        host = next((one.address for one in failing if one.address not in seen), "")
        if not host:
            break
        begun = time.monotonic()
        here = [one for one in wanted if one.address == host]
        seen[host] = trace_host(here, [one for one in here if one in failing], results, ways, till)
        if all(one.address in seen for one in failing):
            break
        found |= dict(sweep.until(min(begun + _BETWEEN_HOSTS_SECONDS, deadline)))
        time.sleep(max(min(begun + _BETWEEN_HOSTS_SECONDS, deadline) - time.monotonic(), 0))
    return seen


def _is_worth_a_trace(result: Result | None) -> bool:
    """Who complains has a name already."""
    if result is None:
        return True
    return result.outcome in {Outcome.REFUSED, Outcome.EXPIRED, Outcome.DROPPED}


def _with_what_others_were_told(one: Wanted, verdict: Verdict, told: dict[Wanted, Verdict]) -> Verdict:
    """What a hop says to one it may not say again within the second: it holds for the silent of that host."""
    others = [other for peer, other in told.items() if peer.way == one.way and _is_silent(verdict)]
    here = [other for peer, other in told.items() if peer.address == one.address]
    said = [*_of_the_line(others), *(other for other in here if _explains(other, verdict))]
    return next(iter(said), verdict)


def _of_the_line(verdicts: Sequence[Verdict]) -> Iterator[Verdict]:
    for condition in (LINE_DOWN, UPSTREAM_SILENT):
        yield from (verdict for verdict in verdicts if verdict.condition is condition)


def _is_silent(verdict: Verdict) -> bool:
    return verdict.condition is UPSTREAM_SILENT or verdict.facts.get("last_hop") == UNKNOWN


def _explains(said: Verdict, silence: Verdict) -> bool:
    """Of a port that was told nothing: no way to its host, or the same hop that rejects another port."""
    if silence.condition is not PORT_DROPPED:
        return False
    same_hop = silence.facts["last_hop"] in {UNKNOWN, said.facts.get("offender")}
    return said.condition in TO_THE_HOST or (said.condition is PORT_REJECTED and same_hop)


def _evidence(wanted: Wanted, results: dict[Wanted, Result], seen: dict[str, Seen], ways: Ways) -> Evidence:
    result = results[wanted]
    here = seen.get(wanted.address, Seen())
    return Evidence(
        wanted=wanted,
        result=result,
        trace=here.trace_of(wanted, result),
        reference=here.reference or (ways.of(wanted) if wanted.is_far else ()),
        datagrams=here.datagrams,
        resets_are_ours=here.resets_are_ours,
        host_answers=any(_is_open(results[one]) for one in results if one.address == wanted.address),
        others_answer=any(_came_from_beyond(one, results[one]) for one in results if one.way == wanted.way),
    )


def _is_open(result: Result) -> bool:
    return result.outcome is Outcome.OPEN


def _came_from_beyond(one: Wanted, result: Result) -> bool:
    complaint = result.complaint
    return _is_open(result) or (complaint is not None and complaint.offender not in {*one.way, result.source})
