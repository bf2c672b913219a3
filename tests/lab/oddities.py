"""What looks odd and is healthy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from tests.lab.liar import keep_lying, lies
from tests.lab.making import Collected, ruled
from tests.lab.shop_network import ACQUIRER, ROUTER, TERMINAL, ShopNetwork
from tests.lab.slow_wire import evenly, slow_wire
from tests.lab.store import BACKUP, PRIMARY

ODDITIES: Final = Collected()
oddity = ODDITIES.oddity


@oddity
def a_hop_keeps_silent(shop: ShopNetwork) -> Iterator[None]:
    """The provider does not say when a packet's hop limit ends."""
    with ruled(shop, "provider", "output", "icmp type time-exceeded drop"):
        yield


@oddity
def icmp_is_blocked_everywhere(shop: ShopNetwork) -> Iterator[None]:
    """No hop lets ICMP through."""
    with contextlib.ExitStack() as stack:
        for hop in ("router", "provider", "core"):
            stack.enter_context(ruled(shop, hop, "forward", "meta l4proto icmp drop"))
            shop.nft(hop, "add chain inet lab output { type filter hook output priority 0; }")
            shop.nft(hop, "add rule inet lab output meta l4proto icmp drop")
        yield


@oddity
def router_answers_no_ping(shop: ShopNetwork) -> Iterator[None]:
    """The router answers no ping and takes no connection; it forwards."""
    with ruled(shop, "router", "input", "icmp type echo-request drop", "meta l4proto tcp drop"):
        yield


@oddity
def first_name_server_is_slow(shop: ShopNetwork) -> Iterator[None]:
    """The first answer of the first name server is lost, its second one comes after a second."""
    with ruled(shop, "terminal", "input", f"udp sport 53 ip saddr {ROUTER} numgen inc mod 2 0 drop"):
        yield


@oddity
def both_lines_take_their_time(shop: ShopNetwork) -> Iterator[None]:
    """The provider's wire takes 0.2 s for each packet of both card lines, as a mobile line may."""
    with slow_wire(shop, f"tcp dport {{ {PRIMARY}, {BACKUP} }}", evenly(0.2)):
        yield


@oddity
def a_stranger_lies(shop: ShopNetwork) -> Iterator[None]:
    """Somebody on the way forges ICMP messages about connections that it cannot see."""
    shop.sysctl("terminal", "net/ipv4/ip_local_port_range", "40000 40063")
    packets = list(lies(TERMINAL, ACQUIRER, (PRIMARY, BACKUP), range(40000, 40064)))
    liar = shop.start("provider", lambda ready: keep_lying(TERMINAL, packets, ready))
    try:
        yield
    finally:
        shop.stop(liar)
        shop.sysctl("terminal", "net/ipv4/ip_local_port_range", "32768 60999")


@oddity
def router_speaks_once_a_second(shop: ShopNetwork) -> Iterator[None]:
    """The router limits its ICMP messages to one a second, as every Linux router does."""
    shop.sysctl("router", "net/ipv4/icmp_ratelimit", "1000")
    try:
        yield
    finally:
        shop.sysctl("router", "net/ipv4/icmp_ratelimit", "0")
