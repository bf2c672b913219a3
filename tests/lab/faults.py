"""Every fault that can be made in the lab: how it is made, and what must be said of it.

To add one: write a context manager over the store whose name and docstring tell the story, and put `@fault`
over it with the code of its single cause, the owner, and what the cause's sentences must name.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from msgspec import Struct

from tests.lab.liar import keep_lying, lies
from tests.lab.network_look import serve_dns, serve_page
from tests.lab.shop_network import ACQUIRER, CORE, PROVIDER, ROUTER, TERMINAL, ShopNetwork
from tests.lab.slow_wire import evenly, now_and_then, slow_wire
from tests.lab.store import BACKUP, PAGE, PRIMARY, PROXY, WEB_PROXY
from tests.lab.tunnel import BEHIND, FAR, TO_BEHIND
from tests.name_server import Behaviour, address, any_name, denial, reply
from tests.spoken_lines import say
from vocabulary.condition import Owner

# Linux says "no route" five times to one address, then once a second (net.ipv4.route.error_burst and
# error_cost): a till that was told so in the test before is to be told again.
_ERROR_BURST_SECONDS: Final = 5.0
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


FAULTS: Final[dict[str, Fault]] = {}
ODDITIES: Final[dict[str, Fault]] = {}


def fault(code: str, owner: Owner, named: str = "") -> Callable[[Story], Story]:
    return lambda story: _register(FAULTS, story, code, owner, named)


def oddity(story: Story) -> Story:
    return _register(ODDITIES, story)


def _register(
    into: dict[str, Fault], story: Story, code: str = "", owner: str = "", named: str = ""
) -> Story:
    name = story.__name__
    into[name] = Fault(name, story.__doc__ or "", contextlib.contextmanager(story), code, str(owner), named)
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


@contextlib.contextmanager
def redirected(shop: ShopNetwork, hop: str, ports: str = CARDS) -> Iterator[None]:
    """To a listener there, which is there from the start."""
    chain = "type nat hook prerouting priority dstnat"
    shop.nft(hop, f"table ip proxy {{ chain ways {{\n{chain};\n{ports} redirect to :{PROXY}\n}}\n}}")
    try:
        yield
    finally:
        shop.nft(hop, "flush ruleset")


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


# Odd, and healthy


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
