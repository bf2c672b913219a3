"""IPv6 beside IPv4, and alone, where real routers carry it, drop it, or know no way."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from agent.running.probe_run import ProbeRun
from probes.network.probe import NetworkOptions
from tests.lab.network_look import HOST, UP_FRONT, causes, reading, serve_dns
from tests.lab.shop_network import ACQUIRER, ROUTER, ShopNetwork
from tests.name_server import address, denial, record, reply
from vocabulary.reading import Status

Look = Callable[..., ProbeRun]
BROKEN, TAKEN = "network.ipv6-broken", "network.ipv6-address-taken"
TILL6, ROUTER6, ACQUIRER6 = "2001:db8::2", "2001:db8::1", "2001:db8:3::2"
NOBODY = "fe80::9"  # no kernel gives itself this one: its own hold ff:fe (RFC 4291, appendix A)
# RFC 3849 addresses, one /64 for each cable.
ADDRESSES = (
    ("terminal", "eth0", "2001:db8::2/64"),
    ("router", "lan", "2001:db8::1/64"),
    ("router", "wan", "2001:db8:1::1/64"),
    ("provider", "store", "2001:db8:1::2/64"),
    ("provider", "core", "2001:db8:2::1/64"),
    ("core", "provider", "2001:db8:2::2/64"),
    ("core", "acquirer", "2001:db8:3::1/64"),
    ("acquirer", "eth0", "2001:db8:3::2/64"),
)
ROUTES = (
    ("router", "default via 2001:db8:1::2"),
    ("provider", "2001:db8::/64 via 2001:db8:1::1"),
    ("provider", "2001:db8:3::/64 via 2001:db8:2::2"),
    ("core", "2001:db8::/63 via 2001:db8:2::1"),
    ("core", "2001:db8:1::/64 via 2001:db8:2::1"),
    ("acquirer", "default via 2001:db8:3::1"),
)
OPTIONS = NetworkOptions(
    resolvers=(ACQUIRER,), lookup_name=HOST, ipv6_check=f"{HOST}:8583", host_timeout_seconds=1.2
)
NO_CHECK = NetworkOptions(resolvers=(UP_FRONT,), gateway_timeout_seconds=1.8, host_timeout_seconds=1.5)


def both_kinds(query: bytes) -> list[bytes]:
    if query.endswith(b"\0\x1c\0\x01"):
        return [reply(query, record(28, socket.inet_pton(socket.AF_INET6, ACQUIRER6)))]
    return address(ACQUIRER)(query)


def only_ipv4(query: bytes) -> list[bytes]:
    return (denial(0) if query.endswith(b"\0\x1c\0\x01") else address(ACQUIRER))(query)


@pytest.fixture(scope="module")
def standing_shop() -> Iterator[ShopNetwork]:
    """With IPv6 on every cable, its router found by its link-local address as a router announces it."""
    with ShopNetwork() as shop:
        for hop, device, own in ADDRESSES:
            shop.ip(hop, f"address add {own} dev {device} nodad")
        for hop, route in ROUTES:
            shop.ip(hop, f"-6 route add {route}")
        for hop in ("router", "provider", "core"):
            shop.sysctl(hop, "net/ipv6/conf/all/forwarding", "1")
        shop.ip("terminal", f"-6 route add default via {announced(shop)} dev eth0")
        settle(shop)
        yield shop


def announced(shop: ShopNetwork) -> str:
    """The router's link-local address."""
    return next(row[0] for row in shop.run("router", own_addresses) if row[1] == "lan")


def own_addresses() -> list[tuple[str, str]]:
    rows = [line.split() for line in Path("/proc/net/if_inet6").read_text().splitlines()]
    packed = [(bytes.fromhex(row[0]), row[5]) for row in rows if row[0].startswith("fe80")]
    return [(socket.inet_ntop(socket.AF_INET6, each), name) for each, name in packed]


def settle(shop: ShopNetwork) -> None:
    """Until the kernel has found that no link-local address is anybody else's (a second or two)."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and shop.run("terminal", is_tentative):
        time.sleep(0.1)


def is_tentative() -> bool:
    rows = [line.split() for line in Path("/proc/net/if_inet6").read_text().splitlines()]
    return any(int(row[4], 16) & 0x40 for row in rows)


def test_ipv6_that_works_is_ok(shop: ShopNetwork, look: Look) -> None:
    serve_dns(shop, "acquirer", both_kinds)
    run = look(OPTIONS)
    assert (causes(run), reading(run, BROKEN).status) == ([], Status.OK)


@pytest.mark.parametrize(
    ("hop", "rule", "seen"),
    [
        ("router", "meta nfproto ipv6 tcp dport 8583 drop", "no answer"),
        ("provider", "meta nfproto ipv6 tcp dport 8583 reject with icmpx type no-route", "no way there"),
    ],
)
def test_ipv6_that_leads_nowhere_is_the_one_cause(
    shop: ShopNetwork, look: Look, hop: str, rule: str, seen: str
) -> None:
    """While IPv4 reaches the same host."""
    serve_dns(shop, "acquirer", both_kinds)
    shop.rule(hop, "forward", rule)
    run = look(OPTIONS)
    assert causes(run) == [(BROKEN, ("eth0",))]
    assert reading(run, BROKEN).facts == {"target": f"{HOST}:8583", "seen": seen}


def test_a_host_that_neither_reaches_says_nothing_of_ipv6(shop: ShopNetwork, look: Look) -> None:
    serve_dns(shop, "acquirer", both_kinds)
    shop.rule("router", "forward", "tcp dport 8583 drop")
    run = look(OPTIONS)
    assert (causes(run), reading(run, BROKEN).because) == ([], "IPv4 does not get there either")


def test_without_a_cable_ipv6_is_not_tried(shop: ShopNetwork, look: Look) -> None:
    """The cable is the one cause."""
    shop.ip("switch", "link set till down")
    try:
        run = look(NO_CHECK)
    finally:
        shop.ip("switch", "link set till up")
        settle(shop)
    assert causes(run) == [("network.no-carrier", ("eth0",))]
    assert reading(run, BROKEN).because == "network.no-carrier"


def test_without_a_host_the_router_is_asked(shop: ShopNetwork, look: Look) -> None:
    """It answers TCP at its link-local address."""
    found = reading(look(NO_CHECK), BROKEN)
    assert (found.status, found.facts["target"]) == (Status.OK, announced(shop))


def test_an_ipv6_router_that_is_gone_is_the_one_cause(shop: ShopNetwork, look: Look) -> None:
    """A route to it stands, and every IPv6 connection waits for it."""
    gateway = announced(shop)
    shop.ip("terminal", f"-6 route replace default via {NOBODY} dev eth0")
    try:
        run = look(NO_CHECK)
    finally:
        shop.ip("terminal", f"-6 route replace default via {gateway} dev eth0")
    assert causes(run) == [(BROKEN, ("eth0",))]


@pytest.mark.parametrize(
    ("undo", "redo"),
    [
        ("-6 route del default", "-6 route add default via {} dev eth0"),
        (f"address del {TILL6}/64 dev eth0", f"address add {TILL6}/64 dev eth0 nodad"),
    ],
)
def test_no_ipv6_at_all_is_no_fault(shop: ShopNetwork, look: Look, undo: str, redo: str) -> None:
    """Without an address of the world, or without a way out, nobody tries it."""
    gateway = announced(shop)
    shop.ip("terminal", undo)
    try:
        run = look(NO_CHECK)
    finally:
        shop.ip("terminal", redo.format(gateway))
    assert (causes(run), reading(run, BROKEN).because) == ([], "the till has no IPv6 way out")


@pytest.mark.parametrize(
    ("undo", "redo", "code"),
    [
        ("-4 address flush dev eth0", "address add 10.8.0.2/24 dev eth0", "network.no-address"),
        ("-4 route del default", "", "network.no-default-route"),
    ],
)
def test_a_lost_lease_is_no_less_lost_for_an_ipv6_address(
    shop: ShopNetwork, look: Look, undo: str, redo: str, code: str
) -> None:
    """The till went out by IPv4 before, and what it needs is there."""
    memory = look(NO_CHECK).memory
    shop.ip("terminal", undo)
    try:
        run = look(NO_CHECK, memory)
    finally:
        if redo:
            shop.ip("terminal", redo)
        shop.ip("terminal", f"-4 route add default via {ROUTER}")
    assert causes(run) == [(code, ("eth0",))]


@pytest.fixture
def ipv6_alone(shop: ShopNetwork) -> Iterator[ShopNetwork]:
    shop.ip("terminal", "-4 route del default")
    yield shop
    shop.ip("terminal", f"-4 route add default via {ROUTER}")


def test_a_gateway_by_ipv6_alone_is_asked_too(ipv6_alone: ShopNetwork, look: Look) -> None:
    """By TCP where ping is not permitted, and by ping where it is."""
    found = reading(look(NO_CHECK), "network.gateway-silent")
    assert (found.status, found.facts["seen_by"]) == (Status.OK, "a TCP answer")
    ipv6_alone.sysctl("terminal", "net/ipv4/ping_group_range", "0 2147483647")
    try:
        assert reading(look(NO_CHECK), "network.gateway-silent").facts["seen_by"] == "ping"
    finally:
        ipv6_alone.sysctl("terminal", "net/ipv4/ping_group_range", "1 0")


def test_a_strict_ipv6_gateway_is_seen_by_what_it_sends_back(ipv6_alone: ShopNetwork, look: Look) -> None:
    """A packet for behind it whose hop limit ends with it."""
    ipv6_alone.rule("router", "input", "meta l4proto { tcp, udp } drop", "icmpv6 type echo-request drop")
    found = reading(look(NO_CHECK), "network.gateway-silent")
    assert (found.status, found.facts["seen_by"]) == (Status.OK, "a packet it sent back")


def test_a_dead_ipv6_gateway_is_the_one_cause(ipv6_alone: ShopNetwork, look: Look) -> None:
    gateway = announced(ipv6_alone)
    ipv6_alone.ip("terminal", f"-6 route replace default via {NOBODY} dev eth0")
    try:
        run = look(NO_CHECK)
    finally:
        ipv6_alone.ip("terminal", f"-6 route replace default via {gateway} dev eth0")
    assert causes(run) == [("network.gateway-silent", (NOBODY,))]


def test_a_mute_ipv6_gateway_that_is_a_neighbour_is_unknown_at_first(
    ipv6_alone: ShopNetwork, look: Look
) -> None:
    """The kernel's table has no file for IPv6; it is asked by netlink."""
    look(NO_CHECK)
    ipv6_alone.rule("router", "input", "meta l4proto { tcp, udp } drop", "icmpv6 type echo-request drop")
    ipv6_alone.rule("router", "output", "icmpv6 type { time-exceeded, destination-unreachable } drop")
    assert reading(look(NO_CHECK), "network.gateway-silent").because == "it has never answered yet"


def test_an_ipv6_address_that_another_one_has_is_the_one_cause(shop: ShopNetwork, look: Look) -> None:
    """The kernel asked before it took it, and was answered."""
    shop.join("guest", "10.8.0.9/24")
    try:
        shop.ip("guest", "address add 2001:db8::77/64 dev eth0 nodad")
        shop.ip("terminal", "address add 2001:db8::77/64 dev eth0")
        settle_failed(shop)
        run = look(NO_CHECK)
    finally:
        shop.ip("terminal", "address del 2001:db8::77/64 dev eth0")
        shop.leave("guest")
    assert causes(run) == [(TAKEN, ("eth0",))]
    assert reading(run, TAKEN).facts["address"] == "2001:db8::77"


def settle_failed(shop: ShopNetwork) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not shop.run("terminal", has_failed):
        time.sleep(0.1)


def has_failed() -> bool:
    rows = [line.split() for line in Path("/proc/net/if_inet6").read_text().splitlines()]
    return any(int(row[4], 16) & 0x08 for row in rows)


def test_a_name_without_an_ipv6_address_leaves_the_router(shop: ShopNetwork, look: Look) -> None:
    serve_dns(shop, "acquirer", only_ipv4)
    no_check = msgspec.structs.replace(OPTIONS, ipv6_check="")
    assert reading(look(no_check), BROKEN).facts["target"] == announced(shop)
