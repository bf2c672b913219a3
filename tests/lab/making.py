"""How a fault is made in the lab, taken back, and described."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Final

from msgspec import Struct

from tests.lab.network_look import serve_dns, serve_page
from tests.lab.shop_network import ROUTER, ShopNetwork
from tests.lab.store import PRIMARY, PROXY, WEB_PROXY
from tests.name_server import Behaviour
from tests.spoken_lines import say
from vocabulary.condition import Owner

Broken = AbstractContextManager[None]
Story = Callable[[ShopNetwork], Iterator[None]]
CARDS: Final = f"tcp dport {PRIMARY}"


class Fault(Struct, frozen=True):
    """`code` is "" for what looks odd and is healthy; `named` stands in what the cause says."""

    name: str
    story: str
    broken: Callable[[ShopNetwork], Broken]
    code: str = ""
    owner: str = ""
    named: str = ""


class Collected(dict[str, Fault]):
    """By name, in the order of docs/faults.md."""

    def fault(self, code: str, owner: Owner, named: str = "") -> Callable[[Story], Story]:
        return lambda story: self._add(story, code, owner, named)

    def oddity(self, story: Story) -> Story:
        return self._add(story)

    def _add(self, story: Story, code: str = "", owner: str = "", named: str = "") -> Story:
        name = story.__name__
        broken = contextlib.contextmanager(story)
        self[name] = Fault(name, story.__doc__ or "", broken, code, str(owner), named)
        return story


@contextlib.contextmanager
def done(shop: ShopNetwork, hop: str, do: str, *undo: str) -> Iterator[None]:
    """An ip(8) command, and what takes it back."""
    shop.ip(hop, do)
    try:
        yield
    finally:
        for each in undo:
            shop.ip(hop, each)


@contextlib.contextmanager
def ruled(shop: ShopNetwork, hop: str, hook: str, *rules: str) -> Iterator[None]:
    shop.rule(hop, hook, *rules)
    try:
        yield
    finally:
        shop.nft(hop, "flush ruleset")


@contextlib.contextmanager
def replaced(shop: ShopNetwork, hop: str, what: str, by: int, server: int) -> Iterator[None]:
    """Whoever asks `hop` for `what` gets to the server at port `by` instead."""
    chain = f"chain lab {{\n type nat hook prerouting priority -100\n {what} redirect to :{by}\n}}"
    shop.nft(hop, f"table ip lab {{\n{chain}\n}}\n")
    try:
        yield
    finally:
        shop.nft(hop, "flush ruleset")
        shop.stop(server)


def misled(shop: ShopNetwork, behaviour: Behaviour) -> Broken:
    """The first of two name servers answers so."""
    return replaced(shop, "router", "udp dport 53", 5353, serve_dns(shop, "router", behaviour, 5353))


def proxied(shop: ShopNetwork, answer: bytes) -> Broken:
    server = serve_page(shop, "core", 8889, say(answer + b"\r\n\r\n"))
    return replaced(shop, "core", f"tcp dport {WEB_PROXY}", 8889, server)


DEFAULT: Final = f"route add default via {ROUTER}"


@contextlib.contextmanager
def redirected(shop: ShopNetwork, hop: str, ports: str = CARDS) -> Iterator[None]:
    """To a listener there, which is there from the start."""
    chain = "type nat hook prerouting priority dstnat"
    shop.nft(hop, f"table ip proxy {{ chain ways {{\n{chain};\n{ports} redirect to :{PROXY}\n}}\n}}")
    try:
        yield
    finally:
        shop.nft(hop, "flush ruleset")
