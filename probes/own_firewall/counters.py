"""Counters that move when we knock: what makes of a rule that may block one that does."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from probes.own_firewall.asker import Asker
from probes.till import Till
from protocols.nft.judgement import Judgement, judge
from protocols.nft.packet import Flow
from protocols.nft.ruleset import Ruleset
from protocols.nft.walk import Blocker
from protocols.tcp_sweep import Target, sweep

KNOCKS: Final = 2  # SYNs for each port
_SECONDS: Final = 0.25  # less than the second after which the kernel repeats a SYN: one knock is one packet
_MOST_PORTS: Final = 8

Place = tuple[str, str, str, int]


class Moved(Struct, frozen=True):
    """A rule's counter before and after `knocks` packets, any of which it may have caught."""

    before: int
    after: int
    knocks: int

    @property
    def caught_all(self) -> bool:
        return self.after - self.before == self.knocks

    @property
    def caught_none(self) -> bool:
        return self.after == self.before


def knock(
    flows: Mapping[str, Flow], judged: Mapping[str, Judgement], at_rest: Ruleset, asker: Asker, till: Till
) -> dict[Place, Moved]:
    """Wait, look, knock, look. What has moved since `at_rest`, while we were still, tells nothing: left out.

    Raise RulesUnknownError.
    """
    asked = [name for name in flows if _counted(judged[name])][:_MOST_PORTS]
    if not asked:
        return {}
    time.sleep(_SECONDS)
    before = _counters(flows, asked, asker.look().ruleset)
    sweep(
        [Target(flows[name].destination, flows[name].port) for name in asked for _ in range(KNOCKS)],
        _SECONDS,
        open_socket=till.socket,
    )
    after = _counters(flows, asked, asker.look().ruleset)
    knocks: dict[Place, int] = {}
    for name in asked:
        for blocker in _counted(judged[name]):
            knocks[blocker.place] = knocks.get(blocker.place, 0) + KNOCKS
    still = {
        place: packets
        for place, packets in _counters(flows, asked, at_rest).items()
        if before.get(place) == packets
    }
    return {
        place: Moved(packets, after[place], knocks.get(place, 0))
        for place, packets in still.items()
        if place in after
    }


def _counted(judgement: Judgement) -> list[Blocker]:
    return [blocker for blocker in judgement.blockers if blocker.packets is not None]


def _counters(flows: Mapping[str, Flow], asked: list[str], ruleset: Ruleset) -> dict[Place, int]:
    found = (blocker for name in asked for blocker in judge(ruleset, flows[name]).blockers)
    return {blocker.place: blocker.packets for blocker in found if blocker.packets is not None}
