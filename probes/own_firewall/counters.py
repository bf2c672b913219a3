"""Counters that move when we knock: what makes of a rule that may block one that does."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from probes.own_firewall.asker import Asker, RulesUnknownError
from probes.till import Till
from protocols.nft.effects import Blocker
from protocols.nft.judgement import Judgement
from protocols.nft.packet import Flow
from protocols.nft.ruleset import Place
from protocols.tcp_sweep import Target, sweep

KNOCKS: Final = 2  # SYNs for each port
_SECONDS: Final = 0.25  # less than the second after which the kernel repeats a SYN: one knock is one packet
_MOST_PORTS: Final = 8
_ROUNDS: Final = 3


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
    flows: Mapping[str, Flow], judged: Mapping[str, Judgement], asker: Asker, till: Till
) -> dict[Place, Moved]:
    """Again, up to `_ROUNDS` times, while other packets are counted too: late answers, another program.

    Less where the rules are told no more: on a busy till there may be no time left.
    """
    asked = [name for name in flows if _counted(judged[name])][:_MOST_PORTS]
    knocks = Counter(one.place for name in asked for one in _counted(judged[name]) for _ in range(KNOCKS))
    targets = [Target(flows[name].destination, flows[name].port) for name in asked for _ in range(KNOCKS)]
    found: dict[Place, Moved] = {}
    for _ in range(_ROUNDS):
        if found.keys() == knocks.keys():
            break
        try:
            found |= _round(targets, knocks, asker, till)
        except RulesUnknownError:
            break
    return found


def _round(
    targets: list[Target], knocks: Mapping[Place, int], asker: Asker, till: Till
) -> dict[Place, Moved]:
    """Look, be still, look, knock, look. A counter that moved while we were still tells nothing."""
    at_rest = asker.look().ruleset
    time.sleep(_SECONDS)
    before = asker.look().ruleset
    sweep(targets, _SECONDS, open_socket=till.socket)
    after = asker.look().ruleset
    found: dict[Place, Moved] = {}
    for place, count in knocks.items():
        counted, then = before.packets(place), after.packets(place)
        if counted is not None and then is not None and at_rest.packets(place) == counted:
            moved = Moved(counted, then, count)
            if moved.caught_all or moved.caught_none:
                found[place] = moved
    return found


def _counted(judgement: Judgement) -> list[Blocker]:
    return [blocker for blocker in judgement.blockers if blocker.packets is not None]
