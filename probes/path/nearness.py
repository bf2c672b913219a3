"""Whether what opens is as far away as its host: a proxy that nobody sees answers from nearer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from probes.path.evidence import Evidence, Wanted, distance_of
from probes.path.tracing import traces_of
from probes.path.verdict import judge
from probes.path.ways import Ways
from probes.till import Till
from protocols.path_trace import Hop
from protocols.tcp_sweep import Outcome, Result, sweep

_CHECKED_AT_ONCE: Final = 4  # ports a round, in turn: more would be a scan, and the last router's burst
_LEARNT_AT_ONCE: Final = 3
_MOST_SECONDS: Final = 0.5


def answered_nearer(opened: Mapping[Wanted, Result], ways: Ways, till: Till) -> dict[Wanted, Evidence]:
    """What a closer look saw of those that may not be their host.

    Where the way is known a packet that ends one hop before the host is enough, and mostly nobody gets it.
    """
    far = [one for one in opened if one.is_far]
    suspects = _suspects({one: opened[one] for one in _in_turn(far, ways)}, ways, till)
    host = next((one.address for one in far if one in suspects or not ways.of(one)), "")
    here = [one for one in far if one.address == host]
    if not here:
        return {}
    others = sorted((one for one in here if one not in suspects), key=lambda one: not one.reference)
    looked_at = [*(one for one in here if one in suspects), *others][:_LEARNT_AT_ONCE]
    traces = traces_of(looked_at, max(opened[one].seconds for one in looked_at), till)
    reference = _farthest([*traces, ways.of(here[0])] if suspects else traces)
    evidence = {
        one: Evidence(wanted=one, result=opened[one], trace=hops, reference=reference)
        for one, hops in zip(looked_at, traces, strict=True)
    }
    intercepted = any(judge(each).condition for each in evidence.values())
    ways.remember(here[0], reference if intercepted else _farthest(traces))
    return evidence


def _in_turn(far: Sequence[Wanted], ways: Ways) -> list[Wanted]:
    """Ports whose host's way is known."""
    known = [one for one in far if distance_of(ways.of(one)) > 1]
    if len(known) <= _CHECKED_AT_ONCE:
        return known
    first = ways.turn() * _CHECKED_AT_ONCE % len(known)
    return [*known[first:], *known[:first]][:_CHECKED_AT_ONCE]


def _suspects(opened: Mapping[Wanted, Result], ways: Ways, till: Till) -> set[Wanted]:
    """Those that open although the packet ends before the host."""
    targets = [one.aim(hops=distance_of(ways.of(one)) - 1) for one in opened]
    slowest = max((result.seconds for result in opened.values()), default=0.0)
    answers = sweep(targets, min(3 * slowest + 0.02, _MOST_SECONDS), open_socket=till.socket)
    return {one for one, answer in zip(opened, answers, strict=True) if answer.outcome is Outcome.OPEN}


def _farthest(traces: Sequence[tuple[Hop, ...]]) -> tuple[Hop, ...]:
    return max(traces, key=distance_of)
