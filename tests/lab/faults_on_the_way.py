"""Faults beyond the till: firewalls, the line, the acquirer."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Final

from tests.lab.making import CARDS, Collected, done, redirected, ruled
from tests.lab.shop_network import CORE, PROVIDER, ROUTER, ShopNetwork
from tests.lab.slow_wire import evenly, now_and_then, slow_wire
from tests.lab.store import BACKUP
from vocabulary.condition import Owner

# Linux says "no route" five times to one address, then once a second (net.ipv4.route.error_burst and
# error_cost): a till that was told so in the test before is to be told again.
_ERROR_BURST_SECONDS: Final = 5.0
FAULTS: Final = Collected()
fault = FAULTS.fault


# A firewall on the way


@fault("firewall.port-dropped", Owner.SITE_IT, ROUTER)
def router_drops(shop: ShopNetwork) -> Iterator[None]:
    """The store's router drops card payments without a word."""
    with ruled(shop, "router", "forward", f"{CARDS} drop"):
        yield


@fault("firewall.port-dropped", Owner.SITE_IT, PROVIDER)
def provider_drops(shop: ShopNetwork) -> Iterator[None]:
    """The provider drops card payments without a word."""
    with ruled(shop, "provider", "forward", f"{CARDS} drop"):
        yield


@fault("firewall.port-dropped", Owner.SITE_IT, CORE)
def acquirer_drops(shop: ShopNetwork) -> Iterator[None]:
    """The acquirer's own firewall drops card payments; the last hop before it still answers."""
    with ruled(shop, "acquirer", "input", f"{CARDS} drop"):
        yield


@fault("firewall.port-rejected", Owner.SITE_IT, ROUTER)
def router_rejects(shop: ShopNetwork) -> Iterator[None]:
    """The store's router answers "port unreachable"."""
    with ruled(shop, "router", "forward", f"{CARDS} reject"):
        yield


@fault("firewall.port-rejected", Owner.SITE_IT, PROVIDER)
def provider_prohibits(shop: ShopNetwork) -> Iterator[None]:
    """The provider answers "administratively prohibited"."""
    with ruled(shop, "provider", "forward", f"{CARDS} reject with icmpx admin-prohibited"):
        yield


@fault("firewall.port-rejected", Owner.SITE_IT, PROVIDER)
def provider_says_host_unreachable(shop: ShopNetwork) -> Iterator[None]:
    """A filter that says "host unreachable" of a host whose other ports are open."""
    with ruled(shop, "provider", "forward", f"{CARDS} reject with icmpx host-unreachable"):
        yield


@fault("firewall.reset-on-the-way", Owner.SITE_IT, "the till's own cable")
def box_on_the_cable_resets(shop: ShopNetwork) -> Iterator[None]:
    """A box on the till's own cable, before the first router, resets card payments."""
    ingress = "type filter hook ingress device till priority 0"
    shop.nft(
        "switch",
        f"table netdev lab {{\nchain box {{\n{ingress}\n{CARDS} reject with tcp reset\n}}\n}}\n",
    )
    try:
        yield
    finally:
        shop.nft("switch", "flush ruleset")


@fault("firewall.reset-on-the-way", Owner.SITE_IT, ROUTER)
def router_resets(shop: ShopNetwork) -> Iterator[None]:
    """The store's router resets card payments in the host's name."""
    with ruled(shop, "router", "forward", f"{CARDS} reject with tcp reset"):
        yield


@fault("firewall.reset-on-the-way", Owner.SITE_IT, PROVIDER)
def provider_resets(shop: ShopNetwork) -> Iterator[None]:
    """The provider resets card payments in the host's name."""
    with ruled(shop, "provider", "forward", f"{CARDS} reject with tcp reset"):
        yield


@fault("path.intercepted", Owner.SITE_IT, ROUTER)
def provider_intercepts(shop: ShopNetwork) -> Iterator[None]:
    """A transparent proxy at the provider takes card payments for itself."""
    with redirected(shop, "provider"):
        yield


@fault("path.intercepted", Owner.SITE_IT, "at hop 1")
def router_intercepts(shop: ShopNetwork) -> Iterator[None]:
    """A transparent proxy in the store's router takes card payments for itself."""
    with redirected(shop, "router"):
        yield


# The line


@fault("path.line-down", Owner.LINE_PROVIDER, ROUTER)
def line_unplugged(shop: ShopNetwork) -> Iterator[None]:
    """The store's router lives, its line out is unplugged."""
    with done(shop, "router", "link set wan down", "link set wan up", "route add default via 10.8.1.2"):
        yield


@fault("path.line-down", Owner.LINE_PROVIDER, ROUTER)
def line_dead(shop: ShopNetwork) -> Iterator[None]:
    """The router's line has a carrier, and nobody at its other end."""
    undo = ("address add 10.8.1.2/24 dev store", "route add 10.8.0.0/24 via 10.8.1.1")
    with done(shop, "provider", "address del 10.8.1.2/24 dev store", *undo):
        shop.ip("router", "neigh flush all")
        yield
    shop.ip("router", "neigh flush all")


@fault("path.upstream-silent", Owner.LINE_PROVIDER, ROUTER)
def upstream_silent(shop: ShopNetwork) -> Iterator[None]:
    """The router lives; whatever it sends on is never answered."""
    with ruled(shop, "provider", "prerouting", "iifname store drop"):
        yield


@fault("firewall.no-way", Owner.LINE_PROVIDER, PROVIDER)
def provider_lost_the_way(shop: ShopNetwork) -> Iterator[None]:
    """The provider has no route to the acquirer."""
    time.sleep(_ERROR_BURST_SECONDS)
    with done(shop, "provider", "route del 10.8.3.0/24", "route add 10.8.3.0/24 via 10.8.2.2"):
        yield


@fault("path.routing-loop", Owner.LINE_PROVIDER, CORE)
def routing_loop(shop: ShopNetwork) -> Iterator[None]:
    """The core sends packets for the acquirer back to the provider."""
    loop, undo = "route add 10.8.3.2/32 via 10.8.2.1", "route del 10.8.3.2/32 via 10.8.2.1"
    with done(shop, "core", loop, undo):
        yield


@fault("path.host-gone", Owner.ACQUIRER, CORE)
def acquirer_gone(shop: ShopNetwork) -> Iterator[None]:
    """The acquirer's host is off; its network lives."""
    undo = ("address add 10.8.3.2/24 dev eth0", "route add default via 10.8.3.1")
    with done(shop, "acquirer", "address del 10.8.3.2/24 dev eth0", *undo):
        shop.ip("core", "neigh flush all")
        yield
    shop.ip("core", "neigh flush all")


@fault("path.mtu-black-hole", Owner.LINE_PROVIDER, PROVIDER)
def big_packets_vanish(shop: ShopNetwork) -> Iterator[None]:
    """Between provider and core only small packets fit, and nobody is told so."""
    with contextlib.ExitStack() as stack:
        for hop, device in (("provider", "core"), ("core", "provider")):
            narrow, wide = f"link set {device} mtu 600", f"link set {device} mtu 1500"
            stack.enter_context(done(shop, hop, narrow, wide))
            too_big = "icmp type destination-unreachable icmp code frag-needed drop"
            stack.enter_context(ruled(shop, hop, "output", too_big))
        yield


@fault("payment-line.lossy", Owner.LINE_PROVIDER, "card/primary")
def line_loses_packets(shop: ShopNetwork) -> Iterator[None]:
    """Every second attempt to connect to the primary line gets lost."""
    with ruled(
        shop, "provider", "forward", f"{CARDS} tcp flags syn / fin,syn,rst,ack numgen inc mod 2 0 drop"
    ):
        yield


@fault("payment-line.slow", Owner.LINE_PROVIDER, "normal: up to 500 ms")
def line_is_slow(shop: ShopNetwork) -> Iterator[None]:
    """The provider's wire takes 0.6 s for each packet of the primary line."""
    with slow_wire(shop, CARDS, evenly(0.6)):
        yield


@fault("payment-line.unsteady", Owner.LINE_PROVIDER, "normal: up to 250 ms")
def line_is_unsteady(shop: ShopNetwork) -> Iterator[None]:
    """Every third packet with content takes the primary line 0.9 s longer than the others."""
    with slow_wire(shop, CARDS, now_and_then(0, 0, 0.9)):
        yield


# The acquirer


@fault("payment-line.refused", Owner.ACQUIRER, "refused")
def acquirer_refuses(shop: ShopNetwork) -> Iterator[None]:
    """The acquirer's payment service is not running: its own host resets."""
    with ruled(shop, "acquirer", "input", f"{CARDS} reject with tcp reset"):
        yield


@fault("firewall.port-rejected", Owner.SITE_IT, CORE)
def backup_rejected(shop: ShopNetwork) -> Iterator[None]:
    """The core forbids the backup line's port; the primary line works."""
    with ruled(shop, "core", "forward", f"tcp dport {BACKUP} reject with icmpx admin-prohibited"):
        yield
