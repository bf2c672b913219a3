"""Counters that move when we knock: what makes of a rule that may block one that does."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from probes.own_firewall.asker import Asker
from probes.till import Till
from protocols.nft.effects import Blocker
from protocols.nft.judgement import Judgement
from protocols.nft.packet import Flow
from protocols.nft.ruleset import Place, Ruleset
from protocols.tcp_sweep import Target, sweep

KNOCKS: Final = 2  # SYNs for each port
_SECONDS: Final = 0.25  # less than the second after which the kernel repeats a SYN: one knock is one packet
_MOST_PORTS: Final = 8


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
    knocks = Counter(one.place for name in asked for one in _counted(judged[name]) for _ in range(KNOCKS))
    time.sleep(_SECONDS)
    before = asker.look().ruleset
    targets = [Target(flows[name].destination, flows[name].port) for name in asked for _ in range(KNOCKS)]
    sweep(targets, _SECONDS, open_socket=till.socket)
    after = asker.look().ruleset
    return {
        place: Moved(before_it, after_it, count)
        for place, count in knocks.items()
        if (before_it := before.packets(place)) is not None
        and (after_it := after.packets(place)) is not None
        and at_rest.packets(place) == before_it
    }


def _counted(judgement: Judgement) -> list[Blocker]:
    return [blocker for blocker in judgement.blockers if blocker.packets is not None]
