"""One packet through the chains, in all ways it may go where a condition cannot be told.

How chains, priorities and verdicts work: nft(8), CHAINS and STATEMENTS. Accepting ends one base chain only,
the next is asked all the same; dropping ends all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from protocols.nft.effects import (
    CONDITIONS,
    INDIFFERENT,
    INDIFFERENT_TARGETS,
    TRANSLATIONS,
    UNTOLD,
    VERDICTS,
    Blocker,
    End,
    Ends,
    parts,
)
from protocols.nft.matching import Answer, Matcher, Steps
from protocols.nft.packet import HOOKS, Packet, Turn, Way
from protocols.nft.ruleset import Chain, Rule, Ruleset, Statement, packets_of
from protocols.nft.wording import in_words

_DEEPEST: Final = 16  # NFT_JUMP_STACK_SIZE, include/net/netfilter/nf_tables.h
_TRACKING: Final = -200  # from here on a connection's state is known (NF_IP_PRI_CONNTRACK)
_DEVICE_HOOKS: Final = frozenset({"ingress", "egress"})
_TRACKED: Final = ("state", "direction")
_ENDS_OF_A_FLOW: Final = ("saddr", "daddr", "sport", "dport", "oif")


class _Spot(Struct, frozen=True):
    """`is_certain`: whatever was not dropped before gets here."""

    chain: Chain
    rule: Rule
    is_certain: bool
    depth: int
    packets: int | None = None


class Walk:
    """Puts what blocks, or may, into `blockers`, and stops behind the first that does so for certain."""

    def __init__(self, ruleset: Ruleset, packet: Packet, steps: Steps, blockers: list[Blocker]) -> None:
        self.is_changed = False
        self._is_tracked = True
        self._ruleset = ruleset
        self._packet = packet
        self._steps = steps
        self._blockers = blockers
        self._matcher = Matcher(packet, steps)

    def forget_ends(self) -> None:
        """Addresses, ports and way out have been translated, nobody can say into what."""
        self.is_changed = True
        self._packet.forget(*_ENDS_OF_A_FLOW)

    def is_blocked(self) -> bool:
        """Raise TooLongError."""
        for hook in HOOKS[self._packet.way]:
            for chain in self._ruleset.hooked(hook):
                if self._concerns(chain):
                    self._through_base(chain)
                if self._blockers and self._blockers[-1].is_certain:
                    return True
        return False

    def _concerns(self, chain: Chain) -> bool:
        """Translation is asked once for a connection: about its first packet, on its way out."""
        if chain.kind == "nat" and (self._packet.turn, self._packet.way) != (Turn.REQUEST, Way.OUT):
            return False
        if chain.hook in _DEVICE_HOOKS:
            return not chain.devices or self._packet.interface in ("", *chain.devices)
        return chain.family in {"inet", "ip6" if self._packet.is_ipv6 else "ip"}

    def _through_base(self, chain: Chain) -> None:
        tracked = {key: value for key, value in self._packet.fields.items() if key.startswith("ct ")}
        if _is_before_tracking(chain):
            self._packet.forget(*_TRACKED)
        is_certain = self._is_certainly_asked(chain)
        ends = self._through(chain, is_certain=is_certain, depth=0)
        if chain.policy != "accept" and ends & {End.RETURNED, End.GOES_ON}:
            is_certain = is_certain and End.ACCEPTED not in ends
            self._block(_Spot(chain, Rule(0, ()), is_certain, 0), f"policy {chain.policy}")
        if self._is_tracked:
            self._packet.fields.update(tracked)

    def _is_certainly_asked(self, chain: Chain) -> bool:
        """Not where its table may be dormant, nor where its device or ours is not told."""
        return not chain.may_sleep and (
            chain.hook not in _DEVICE_HOOKS or self._packet.interface in chain.devices
        )

    def _through(self, chain: Chain, *, is_certain: bool, depth: int) -> Ends:
        """All ways in which the packet may leave the chain."""
        ends: Ends = frozenset()
        for rule in chain.rules:
            found = self._ask(_Spot(chain, rule, is_certain, depth))
            ends |= found - {End.GOES_ON}
            if End.GOES_ON not in found:
                return ends
            is_certain = is_certain and not found & {End.ACCEPTED, End.RETURNED}
        return ends | {End.GOES_ON}

    def _ask(self, spot: _Spot) -> Ends:
        """What one rule may do. Its statements from left to right; the first "no" ends it."""
        self._steps.take()
        matched: Answer = True
        packets: int | None = None
        ends = frozenset({End.GOES_ON})
        for statement in spot.rule.statements:
            kind, body = parts(statement)
            if kind == "counter":
                packets = packets_of(body)
            elif kind not in VERDICTS and kind != "xt":
                packets = None
            answer = self._condition(spot.chain, kind, body)
            if answer is False:
                break
            matched = matched and answer
            for verdict, chosen in self._verdicts(spot.chain, statement):
                is_sure = bool(matched and chosen)
                here = _Spot(spot.chain, spot.rule, spot.is_certain and is_sure, spot.depth, packets)
                found = self._follow(here, verdict)
                ends = (ends - {End.GOES_ON} if is_sure else ends) | found
        return ends

    def _condition(self, chain: Chain, kind: str, body: Any) -> Answer:  # noqa: ANN401  JSON
        match kind:
            case "match":
                return self._matcher.condition(body, self._sets_of(chain))
            case "mangle":
                if not isinstance(body, dict) or "payload" in str(body.get("key")):
                    self.forget_ends()
            case "notrack":
                self._is_tracked = False
                self._packet.forget(*_TRACKED)
            case "xt":
                is_match = isinstance(body, dict) and body.get("type") == "match"
                return None if is_match and body.get("name") != "comment" else True
        return None if kind in CONDITIONS else True

    def _verdicts(self, chain: Chain, statement: Statement) -> Iterator[tuple[Statement, Answer]]:
        """Each with whether it is the one for this packet."""
        kind, body = parts(statement)
        if kind == "vmap":
            yield from self._looked_up(chain, body)
        elif kind == "xt":
            if not isinstance(body, dict) or body.get("type") != "match":
                yield statement, True
        elif kind not in INDIFFERENT | CONDITIONS | {"match", "mangle", "notrack"}:
            yield statement, True

    def _looked_up(self, chain: Chain, body: Any) -> Iterator[tuple[Statement, Answer]]:  # noqa: ANN401  JSON
        """An element for all others counts last, wherever it stands."""
        pairs = self._pairs(chain, body)
        if pairs is None:
            yield {"vmap": None}, None
            return
        doubtful = []
        for key, verdict in sorted(pairs, key=lambda pair: pair[0] == "*"):
            answer = self._matcher.key(body["key"], key, self._sets_of(chain))
            if answer:
                yield verdict, True
                return
            if answer is None:
                doubtful.append(verdict)
        yield from ((verdict, None) for verdict in doubtful)

    def _pairs(self, chain: Chain, body: Any) -> list[tuple[Any, Any]] | None:  # noqa: ANN401  JSON
        match body:
            case {"key": _, "data": {"set": [*elements]}}:
                pass
            case {"key": _, "data": str(name)} if name[1:] in self._sets_of(chain):
                elements = self._sets_of(chain)[name[1:]]
            case _:
                return None
        if not all(isinstance(each, list) and len(each) == 2 for each in elements):
            return None
        return [(key, verdict) for key, verdict in elements]

    def _follow(self, spot: _Spot, verdict: Statement) -> Ends:
        kind, body = parts(verdict)
        match kind:
            case "accept":
                return frozenset({End.ACCEPTED})
            case "return":
                return frozenset({End.RETURNED})
            case "continue":
                return frozenset({End.GOES_ON})
            case "drop" | "reject":
                self._block(spot, rejects=kind == "reject")
                return frozenset({End.DROPPED})
            case "jump" | "goto" if isinstance(body, dict):
                return self._elsewhere(spot, str(body.get("target")), is_jump=kind == "jump")
            case "xt" if isinstance(body, dict):
                return self._target(spot, body.get("name"))
        if kind in TRANSLATIONS:
            self.forget_ends()
            return frozenset({End.ACCEPTED})
        return self._doubt(spot)

    def _elsewhere(self, spot: _Spot, target: str, *, is_jump: bool) -> Ends:
        """Whoever comes to the end of a chain goes back to where it was jumped from."""
        chain = self._ruleset.chains.get((spot.chain.family, spot.chain.table, target))
        if chain is None or spot.depth >= _DEEPEST:
            return self._doubt(spot)
        ends = self._through(chain, is_certain=spot.is_certain, depth=spot.depth + 1)
        back = ends & {End.RETURNED, End.GOES_ON}
        return (ends - back) | ({End.GOES_ON if is_jump else End.RETURNED} if back else set())

    def _target(self, spot: _Spot, name: object) -> Ends:
        """What iptables-nft has handed to the kernel as it is."""
        if name == "REJECT":
            self._block(spot, rejects=True)
            return frozenset({End.DROPPED})
        if name in INDIFFERENT_TARGETS:
            return frozenset({End.GOES_ON})
        if str(name).lower() in TRANSLATIONS:
            self.forget_ends()
            return frozenset({End.ACCEPTED})
        return self._doubt(spot)

    def _doubt(self, spot: _Spot) -> Ends:
        """Something that may block, or not: a queue to a program, a statement not known here."""
        self._block(_Spot(spot.chain, spot.rule, False, spot.depth))
        return UNTOLD

    def _block(self, spot: _Spot, words: str = "", *, rejects: bool = False) -> None:
        """A rule that may block one packet, and may block the next, is one suspect."""
        chain = spot.chain
        blocker = Blocker(
            way=self._packet.way,
            turn=self._packet.turn,
            family=chain.family,
            table=chain.table,
            chain=chain.name,
            handle=spot.rule.handle,
            words=words or in_words(spot.rule.statements),
            is_certain=spot.is_certain,
            rejects=rejects,
            packets=spot.packets,
        )
        if blocker.is_certain or blocker.place not in {each.place for each in self._blockers}:
            self._blockers.append(blocker)

    def _sets_of(self, chain: Chain) -> dict[str, list[Any]]:
        return self._ruleset.sets_of(chain.family, chain.table)


def _is_before_tracking(chain: Chain) -> bool:
    early = chain.hook in {"output", "prerouting"} and chain.priority <= _TRACKING
    return early or chain.hook in _DEVICE_HOOKS
