"""The JSON of `nft -j list ruleset` as far as it is needed; what else it holds is passed over."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class ListedTable(Struct):
    family: str
    name: str
    flags: str | list[str] = ""


class ListedChain(Struct):
    family: str
    table: str
    name: str
    type: str = ""
    hook: str = ""
    prio: int = 0
    policy: str = "accept"
    dev: str | list[str] = field(default_factory=list)


class ListedRule(Struct):
    family: str
    table: str
    chain: str
    handle: int = 0
    expr: list[Any] = field(default_factory=list)


class ListedSet(Struct):
    """A map's elements are pairs."""

    family: str
    table: str
    name: str
    elem: list[Any] = field(default_factory=list)


class Item(Struct):
    """One of these, or something else."""

    table: ListedTable | None = None
    chain: ListedChain | None = None
    rule: ListedRule | None = None
    set: ListedSet | None = None
    map: ListedSet | None = None


class Listing(Struct):
    nftables: list[Item]
