"""Faults of the till and of the store's own network, up to what the till itself blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.lab.making import CARDS, DEFAULT, Collected, done, misled, proxied, replaced, ruled
from tests.lab.network_look import serve_page
from tests.lab.shop_network import ACQUIRER, CORE, ROUTER, TERMINAL, ShopNetwork
from tests.lab.store import PAGE, WEB_PROXY
from tests.lab.tunnel import BEHIND, FAR, TO_BEHIND
from tests.name_server import address, any_name, denial, reply
from tests.spoken_lines import say
from vocabulary.condition import Owner

FAULTS: Final = Collected()
fault = FAULTS.fault


# The till's own network


@fault("network.interface-down", Owner.TECHNICIAN, "eth0")
def network_card_off(shop: ShopNetwork) -> Iterator[None]:
    """The till's network card is switched off."""
    with done(shop, "terminal", "link set eth0 down", "link set eth0 up", DEFAULT):
        yield


@fault("network.no-carrier", Owner.STAFF, "eth0")
def cable_out(shop: ShopNetwork) -> Iterator[None]:
    """The network cable is pulled at the switch."""
    with done(shop, "switch", "link set till down", "link set till up"):
        yield


@fault("network.no-address", Owner.SITE_IT, "eth0")
def no_address(shop: ShopNetwork) -> Iterator[None]:
    """The lease is lost and with it the way out."""
    back = ("address add 10.8.0.2/24 dev eth0", DEFAULT)
    with done(shop, "terminal", "-4 address flush dev eth0", *back):
        yield


@fault("network.no-default-route", Owner.SITE_IT, "eth0")
def no_default_route(shop: ShopNetwork) -> Iterator[None]:
    """An address, and no router that leads out."""
    with done(shop, "terminal", "route del default", DEFAULT):
        yield


@fault("network.gateway-silent", Owner.SITE_IT, ROUTER)
def router_dead(shop: ShopNetwork) -> Iterator[None]:
    """The store's router has died; nobody answers for its address."""
    with done(shop, "router", "address del 10.8.0.1/24 dev lan", "address add 10.8.0.1/24 dev lan"):
        shop.ip("terminal", "neigh flush all")
        yield
    shop.ip("terminal", "neigh flush all")


@fault("network.resolver-silent", Owner.SITE_IT, ROUTER)
def name_server_silent(shop: ShopNetwork) -> Iterator[None]:
    """The first of two name servers does not answer."""
    with ruled(shop, "router", "input", "udp dport 53 drop"):
        yield


@fault("network.resolver-refusing", Owner.SITE_IT, ROUTER)
def name_server_closed(shop: ShopNetwork) -> Iterator[None]:
    """Nothing listens at the first of two name servers."""
    with ruled(shop, "router", "input", "udp dport 53 reject"):
        yield


@fault("network.resolver-failing", Owner.SITE_IT, ROUTER)
def name_server_fails(shop: ShopNetwork) -> Iterator[None]:
    """The first of two name servers answers SERVFAIL."""
    with misled(shop, denial(2)):
        yield


@fault("network.name-unknown", Owner.SITE_IT, ROUTER)
def name_server_denies(shop: ShopNetwork) -> Iterator[None]:
    """The first of two name servers knows no such name (NXDOMAIN)."""
    with misled(shop, denial(3)):
        yield


@fault("network.resolver-refusing", Owner.SITE_IT, ROUTER)
def name_server_refuses(shop: ShopNetwork) -> Iterator[None]:
    """The first of two name servers answers REFUSED."""
    with misled(shop, denial(5)):
        yield


@fault("network.resolver-garbled", Owner.SITE_IT, ROUTER)
def name_server_garbles(shop: ShopNetwork) -> Iterator[None]:
    """The first of two name servers answers another question."""
    with misled(shop, lambda query: [reply(query, identifier=b"\0\0")]):
        yield


@fault("network.resolver-lying", Owner.SITE_IT, "not one of lookup_addresses")
def name_server_lies(shop: ShopNetwork) -> Iterator[None]:
    """The first of two name servers gives the router's address for the acquirer's name."""
    with misled(shop, address(ROUTER)):
        yield


@fault("network.resolver-inventing", Owner.SITE_IT, ROUTER)
def name_server_makes_up_names(shop: ShopNetwork) -> Iterator[None]:
    """The first of two name servers gives the router's address for every name there is not."""
    with misled(shop, any_name(ROUTER)):
        yield


@fault("network.captive-portal", Owner.SITE_IT, "login.guest.example")
def login_page(shop: ShopNetwork) -> Iterator[None]:
    """The router shows its login page to whoever asks for a page."""
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://login.guest.example/?who=till\r\n\r\n"
    server = serve_page(shop, "router", 8080, say(answer))
    with replaced(shop, "router", f"tcp dport {PAGE}", 8080, server):
        yield


@fault("network.proxy-unreachable", Owner.SITE_IT, f"{CORE}:{WEB_PROXY}")
def web_proxy_gone(shop: ShopNetwork) -> Iterator[None]:
    """Nothing listens at the web proxy's port."""
    with ruled(shop, "core", "input", f"tcp dport {WEB_PROXY} reject with tcp reset"):
        yield


@fault("network.proxy-login", Owner.SITE_IT, "407")
def web_proxy_wants_a_login(shop: ShopNetwork) -> Iterator[None]:
    """The web proxy answers 407."""
    with proxied(shop, b"HTTP/1.1 407 Proxy Authentication Required"):
        yield


@fault("network.proxy-forbids", Owner.SITE_IT, "403")
def web_proxy_forbids(shop: ShopNetwork) -> Iterator[None]:
    """The web proxy answers 403."""
    with proxied(shop, b"HTTP/1.1 403 Forbidden"):
        yield


@fault("network.proxy-failing", Owner.SITE_IT, "502")
def web_proxy_fails(shop: ShopNetwork) -> Iterator[None]:
    """The web proxy answers 502."""
    with proxied(shop, b"HTTP/1.1 502 Bad Gateway"):
        yield


@fault("network.vpn-down", Owner.SITE_IT, "tun0")
def tunnel_off(shop: ShopNetwork) -> Iterator[None]:
    """The tunnel's interface is down."""
    with done(shop, "terminal", "link set tun0 down", "link set tun0 up", TO_BEHIND):
        yield


@fault("network.vpn-down", Owner.SITE_IT, "there is no such interface")
def tunnel_gone(shop: ShopNetwork) -> Iterator[None]:
    """The tunnel's interface is gone, and what was meant for it would go out unprotected."""
    back = ("link set gone0 name tun0", "link set tun0 up", TO_BEHIND)
    with (
        done(shop, "terminal", "link set tun0 down"),
        done(shop, "terminal", "link set tun0 name gone0", *back),
    ):
        yield


@fault("path.past-the-tunnel", Owner.SITE_IT, BEHIND)
def tunnel_without_a_route(shop: ShopNetwork) -> Iterator[None]:
    """The tunnel is up, and the route to a host behind it is missing."""
    with done(shop, "terminal", f"route del {BEHIND} dev tun0", TO_BEHIND):
        yield


@fault("network.vpn-peer-silent", Owner.SITE_IT, FAR)
def tunnel_leads_nowhere(shop: ShopNetwork) -> Iterator[None]:
    """The tunnel is up, and its other end answers no more."""
    with ruled(shop, "core", "input", "iifname tun0 drop"):
        yield


@fault("network.ipv6-broken", Owner.SITE_IT, "eth0")
def ipv6_leads_nowhere(shop: ShopNetwork) -> Iterator[None]:
    """The till has IPv6, and its IPv6 router is gone."""
    with (
        done(
            shop,
            "terminal",
            "address add 2001:db8::2/64 dev eth0 nodad",
            "address del 2001:db8::2/64 dev eth0",
        ),
        done(shop, "terminal", "-6 route add default via fe80::dead dev eth0", "-6 route del default"),
    ):
        yield


@fault("network.address-taken", Owner.SITE_IT, TERMINAL)
def twin(shop: ShopNetwork) -> Iterator[None]:
    """Another machine has the till's address, and the router's answers go to it."""
    shop.join("twin", f"{TERMINAL}/24")
    mac = shop.run("twin", lambda: Path("/sys/class/net/eth0/address").read_text().strip())
    back = f"neighbour del {TERMINAL} dev lan"
    try:
        with done(shop, "router", f"neighbour replace {TERMINAL} dev lan lladdr {mac} nud permanent", back):
            yield
    finally:
        shop.leave("twin")


# The till itself is in the way


@fault("firewall.blocked-here", Owner.TECHNICIAN, "drops")
def till_drops(shop: ShopNetwork) -> Iterator[None]:
    """The till's own firewall drops card payments."""
    with ruled(shop, "terminal", "output", f"{CARDS} drop"):
        yield


@fault("firewall.blocked-here", Owner.TECHNICIAN, "rejects")
def till_rejects(shop: ShopNetwork) -> Iterator[None]:
    """The till's own firewall rejects card payments by ICMP."""
    with ruled(shop, "terminal", "output", f"{CARDS} reject with icmpx admin-prohibited"):
        yield


@fault("firewall.blocked-here", Owner.TECHNICIAN, "before the first router")
def till_resets(shop: ShopNetwork) -> Iterator[None]:
    """The till's own firewall resets card payments."""
    with ruled(shop, "terminal", "output", f"{CARDS} reject with tcp reset"):
        yield


@fault("firewall.blocked-here", Owner.TECHNICIAN, "a route forbids it")
def till_forbids_the_way(shop: ShopNetwork) -> Iterator[None]:
    """A prohibit route on the till keeps everything from the acquirer."""
    with done(shop, "terminal", f"route add prohibit {ACQUIRER}", f"route del prohibit {ACQUIRER}"):
        yield
