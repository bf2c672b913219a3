"""What a ruleset does to a connection: blocks it, lets it pass, or it cannot be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from protocols.nft.effects import Blocker
from protocols.nft.matching import Steps, TooLongError
from protocols.nft.packet import Flow, packets
from protocols.nft.ruleset import Ruleset
from protocols.nft.walk import Walk


class Judgement(Struct, frozen=True):
    """`blocks` is None where it cannot be told. `blockers` in the order in which packets meet them.

    Where it blocks, the last of them does so for certain; those before it may do so earlier.
    """

    blocks: bool | None
    blockers: tuple[Blocker, ...] = ()

    def among(self, is_possible: Callable[[Blocker], bool]) -> Judgement:
        """What it would be if only these blockers could be to blame."""
        found = tuple(blocker for blocker in self.blockers if is_possible(blocker))
        if found and found[-1] is self.blockers[-1]:
            return Judgement(self.blocks, found)
        return Judgement(None if found else False, found)


def judge(ruleset: Ruleset, flow: Flow) -> Judgement:
    """The request out of this machine, its answer in, and the third out again.

    Raise ValueError where an address is none.
    """
    return judge_each(ruleset, {"": flow})[""]


def judge_each(ruleset: Ruleset, flows: Mapping[str, Flow]) -> dict[str, Judgement]:
    """One for each name, within MAX_STEPS for all; what comes after them cannot be told.

    Raise ValueError where an address is none.
    """
    steps = Steps()
    return {name: _judge(ruleset, flow, steps) for name, flow in flows.items()}


def _judge(ruleset: Ruleset, flow: Flow, steps: Steps) -> Judgement:
    found: list[Blocker] = []
    is_changed = False
    try:
        for packet in packets(flow):
            walk = Walk(ruleset, packet, steps, found)
            if is_changed:  # translated on the way out, and back who knows where
                walk.forget_ends()
            if walk.is_blocked():
                return Judgement(True, tuple(found))
            is_changed = is_changed or walk.is_changed
    except TooLongError:
        return Judgement(None, tuple(found))
    return Judgement(None if found else False, tuple(found))
