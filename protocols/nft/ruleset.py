"""What `nft -j list ruleset` prints, as records.

Objects and statements: libnftables-json(5). Statements stay JSON, `{kind: body}`; who reads one decides.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from protocols.nft.json_shapes import Item, Listing

MAX_BYTES: Final = 4 << 20  # 40,000 elements of a named set, which is a block list of the internet, no till's
_HARMLESS_FLAGS: Final = {"", "owner", "persist"}

Statement = Any
Name = tuple[str, str, str]  # family, table, chain
Place = tuple[str, str, str, int]  # and a rule's handle


class UnreadableRulesetError(Exception):
    """It is no ruleset, or too large a one; `args[0]` says which."""


class Rule(Struct, frozen=True):
    """`handle` is what `nft delete rule` takes."""

    handle: int
    statements: tuple[Statement, ...]


class Chain(Struct, frozen=True, kw_only=True):
    """`hook` is "" where other chains jump here; `devices` is for ingress and egress.

    `may_sleep`: its table may be a dormant one, which catches no packet.
    """

    family: str
    table: str
    name: str
    hook: str = ""
    kind: str = ""
    priority: int = 0
    policy: str = "accept"
    devices: tuple[str, ...] = ()
    may_sleep: bool = False
    rules: tuple[Rule, ...] = ()


class Ruleset(Struct, frozen=True):
    """`sets` are named sets by family and table, and maps, whose elements are pairs."""

    chains: dict[Name, Chain]
    sets: dict[tuple[str, str], dict[str, list[Any]]]

    def sets_of(self, family: str, table: str) -> dict[str, list[Any]]:
        return self.sets.get((family, table), {})

    def packets(self, place: Place) -> int | None:
        """What the last counter of a rule has counted; None without such a rule or such a counter."""
        family, table, name, handle = place
        chain = self.chains.get((family, table, name))
        for rule in chain.rules if chain else ():
            if rule.handle == handle:
                counted = [
                    packets_of(each["counter"]) for each in rule.statements if "counter" in (each or ())
                ]
                return counted[-1] if counted else None
        return None

    def hooked(self, hook: str) -> list[Chain]:
        """Base chains in the order in which packets meet them."""
        found = [chain for chain in self.chains.values() if chain.hook == hook]
        return sorted(found, key=lambda chain: chain.priority)


def parse(text: bytes) -> Ruleset:
    """Raise UnreadableRulesetError. A table that is certainly dormant is left out."""
    if len(text) > MAX_BYTES:
        raise UnreadableRulesetError(f"the ruleset is larger than {MAX_BYTES >> 20} MiB")
    try:
        items = msgspec.json.decode(text, type=Listing).nftables
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableRulesetError("this is no ruleset of nft") from error
    flags = {(item.table.family, item.table.name): item.table.flags for item in items if item.table}
    awake = [item for item in items if "dormant" not in flags.get(_table_of(item), "")]
    return Ruleset(
        _chains(awake, {table for table, said in flags.items() if not _are_harmless(said)}), _sets(awake)
    )


def _are_harmless(flags: str | list[str]) -> bool:
    """In place of a flag nft 1.0.6 prints the table's name: it may be any."""
    return set([flags] if isinstance(flags, str) else flags) <= _HARMLESS_FLAGS


def packets_of(counter: Any) -> int | None:  # noqa: ANN401  JSON
    """None for a named counter, which other rules move too."""
    found = counter.get("packets") if isinstance(counter, dict) else None
    return found if isinstance(found, int) else None


def _table_of(item: Item) -> tuple[str, str]:
    inside = item.chain or item.rule or item.set or item.map
    return (inside.family, inside.table) if inside else ("", "")


def _chains(items: list[Item], may_sleep: set[tuple[str, str]]) -> dict[Name, Chain]:
    rules: dict[Name, list[Rule]] = {}
    for item in items:
        if rule := item.rule:
            name = (rule.family, rule.table, rule.chain)
            rules.setdefault(name, []).append(Rule(rule.handle, tuple(rule.expr)))
    chains: dict[Name, Chain] = {}
    for item in items:
        if chain := item.chain:
            name = (chain.family, chain.table, chain.name)
            chains[name] = Chain(
                family=chain.family,
                table=chain.table,
                name=chain.name,
                hook=chain.hook,
                kind=chain.type,
                priority=chain.prio,
                policy=chain.policy,
                devices=(chain.dev,) if isinstance(chain.dev, str) else tuple(chain.dev),
                may_sleep=(chain.family, chain.table) in may_sleep,
                rules=tuple(rules.get(name, ())),
            )
    return chains


def _sets(items: list[Item]) -> dict[tuple[str, str], dict[str, list[Any]]]:
    found: dict[tuple[str, str], dict[str, list[Any]]] = {}
    for item in items:
        if each := item.set or item.map:
            found.setdefault((each.family, each.table), {})[each.name] = each.elem
    return found
