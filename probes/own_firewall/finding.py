"""Is this till itself blocking a connection, and which rule does it: for ports that were found closed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from probes.own_firewall.asker import Asker, RulesUnknownError
from probes.own_firewall.counters import Moved, knock
from probes.own_firewall.ip_filter import unit_with_ip_filter
from probes.till import Till
from protocols.nft.answer import Told
from protocols.nft.effects import Blocker
from protocols.nft.judgement import Judgement, judge_each
from protocols.nft.packet import EPHEMERAL, Flow, Turn, Way
from protocols.nft.ruleset import Place
from protocols.tcp_sweep import Outcome, Result
from vocabulary.redaction import shortened

BY_DROP: Final = "its firewall drops the packets"
BY_REJECT: Final = "its firewall rejects the packets"
BY_DROPPED_ANSWERS: Final = "its firewall drops the answers"
BY_ROUTE: Final = "a route forbids it"
BY_FILTER: Final = "a filter on this program forbids it"
NOT_SEEN: Final = "not seen"
NONE: Final = "none"
NO_RULE: Final = "a security module, or eBPF"
LEGACY: Final = "none of nftables, maybe one of iptables-legacy: iptables-legacy -S -v"
A_ROUTE: Final = "it is a route: ip route"
_LONGEST_NAME: Final = 32
_MOST_SHOWN: Final = 2


class Try(Struct, frozen=True):
    """A connection that did not open; `interface` is the one it would leave by, "" for not known."""

    result: Result
    interface: str = ""


class Finding(Struct, frozen=True):
    """`blocks`: it is this till, for certain. For people: `how`, where the `rule` stands, what it `says`."""

    blocks: bool
    how: str
    rule: str = ""
    says: str = ""


def why_blocked_here(tries: Mapping[str, Try], till: Till, service: str) -> dict[str, Finding]:
    """One finding for each, by its name, after 3.5 seconds at most; for no tries nothing is asked.

    `service` is the socket of poshealth-ruleset.
    """
    flows = {name: _flow(one, till) for name, one in tries.items()}
    routes = {
        name: Finding(True, BY_ROUTE, NONE, A_ROUTE) for name, one in tries.items() if _is_a_route(one.result)
    }
    flows = {name: flow for name, flow in flows.items() if name not in routes}
    if not flows:
        return routes
    try:
        with Asker(till, service) as asker:
            told = asker.look()
            judged = judge_each(told.ruleset, flows)
            moved = knock(flows, judged, asker, till)
    except RulesUnknownError as error:
        return routes | {name: _unseen(tries[name].result, error.because) for name in flows}
    return routes | {name: _found(tries[name].result, judged[name], moved, told, till) for name in flows}


def _flow(one: Try, till: Till) -> Flow:
    target = one.result.target
    ports = till.read_line("proc/sys/net/ipv4/ip_local_port_range").split()
    is_range = len(ports) == 2 and all(port.isdecimal() for port in ports)
    return Flow(
        source=one.result.source,
        destination=target.address,
        port=target.port,
        source_ports=(int(ports[0]), int(ports[1])) if is_range else EPHEMERAL,
        interface=one.interface,
        uid=os.geteuid(),
        gid=os.getegid(),
    )


def _is_a_route(result: Result) -> bool:
    """connect() itself was refused, by an unreachable, prohibit or blackhole route."""
    return (
        result.outcome is Outcome.BLOCKED_HERE
        and result.complaint is None
        and result.error not in {"ETIMEDOUT", "EPERM"}
    )


def _unseen(result: Result, because: str) -> Finding:
    """What the packets alone have told."""
    return Finding(result.outcome is Outcome.BLOCKED_HERE, _measured(result), NOT_SEEN, because)


def _measured(result: Result) -> str:
    if result.complaint:
        return BY_REJECT
    return BY_FILTER if result.error == "EPERM" else BY_DROP


def _found(
    result: Result, judgement: Judgement, moved: dict[Place, Moved], told: Told, till: Till
) -> Finding:
    judgement = judgement.among(lambda one: _is_possible(result, one))
    suspects = [one for one in judgement.blockers if not _is_cleared(one, moved)]
    is_here = bool(judgement.blocks) and suspects[-1:] == [judgement.blockers[-1]]
    culprit = next((one for one in suspects if one.place in moved and moved[one.place].caught_all), None)
    if culprit is None and is_here and len(suspects) == 1:
        culprit = suspects[0]
    if culprit is not None:
        says = culprit.words + _proof(culprit, moved)
        return Finding(_fits(result, culprit), _how(culprit), _place(culprit), says)
    rule, says = _suspicion(suspects)
    if is_here:
        return Finding(_fits(result, suspects[-1]), _how(suspects[-1]), rule, says)
    if result.outcome is not Outcome.BLOCKED_HERE:
        return Finding(False, "", rule, says)
    return Finding(True, _measured(result), rule, says) if rule else _without_rule(result, told, till)


def _suspicion(suspects: list[Blocker]) -> tuple[str, str]:
    """Where the first stands, and what it and the next say; empty for none."""
    named = dict.fromkeys((_place(one), one.words) for one in suspects)
    if not named:
        return "", ""
    (rule, says), *others = named
    told = [f"{place}: {words}" for place, words in others[: _MOST_SHOWN - 1]]
    more = " ..." if len(named) > _MOST_SHOWN else ""
    return f"maybe {rule}", " or ".join([says, *told]) + more


def _is_possible(result: Result, blocker: Blocker) -> bool:
    """What never left met no rule on its way in; and where no answer came, no third packet followed.

    With a connection that was rejected, here or elsewhere, nobody knows how far it had come.
    """
    is_rejected = result.complaint is not None or result.outcome is Outcome.REFUSED
    if blocker.turn is Turn.THIRD:
        return is_rejected
    return is_rejected or result.outcome is not Outcome.BLOCKED_HERE or blocker.way is Way.OUT


def _is_cleared(blocker: Blocker, moved: dict[Place, Moved]) -> bool:
    """We knocked and it counted nothing: it catches something else.

    But not where it would catch the answer for certain: there may have been none.
    """
    is_possible = not blocker.is_certain or blocker.way is Way.OUT
    return is_possible and blocker.place in moved and moved[blocker.place].caught_none


def _fits(result: Result, blocker: Blocker) -> bool:
    """A rule that drops explains no answer; where one came, only a rule that rejects does."""
    if result.outcome in {Outcome.BLOCKED_HERE, Outcome.DROPPED}:
        return True
    return blocker.rejects and blocker.way is Way.OUT


def _how(blocker: Blocker) -> str:
    if blocker.way is Way.IN:
        return BY_DROPPED_ANSWERS
    return BY_REJECT if blocker.rejects else BY_DROP


def _place(blocker: Blocker) -> str:
    """Family, table, chain and the rule's handle, which `nft -a list ruleset` shows."""
    names = (blocker.family, blocker.table, blocker.chain, *([str(blocker.handle)] if blocker.handle else []))
    return " ".join(_shown(name) for name in names)


def _proof(blocker: Blocker, moved: dict[Place, Moved]) -> str:
    proof = moved.get(blocker.place)
    return f" (counter {proof.before} -> {proof.after})" if proof and proof.caught_all else ""


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in shortened(name, _LONGEST_NAME))


def _without_rule(result: Result, told: Told, till: Till) -> Finding:
    """By its rules it passes, and yet it does not leave."""
    if result.error != "EPERM" and told.legacy != ():
        return Finding(True, _measured(result), NOT_SEEN, LEGACY)
    unit = unit_with_ip_filter(till)
    return Finding(True, BY_FILTER, NONE, f"IPAddressDeny= of {unit}" if unit else NO_RULE)
