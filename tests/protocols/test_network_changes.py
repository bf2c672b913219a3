"""Which of the kernel's messages concern a till: built as rtnetlink(7) lays them out."""

from __future__ import annotations

import random
import socket
import struct

import pytest

from protocols.network_changes import Network

UP, LOWER_UP = 0x1, 0x10000
ETH, BRIDGE, VETH = 2, 7, 9


def message(kind: int, body: bytes, **attributes: bytes) -> bytes:
    numbers = {"name": 3, "master": 10, "info": 18, "dst": 1, "local": 2, "oif": 4, "gateway": 5}
    told = b""
    for key, value in attributes.items():
        told += struct.pack("=HH", 4 + len(value), numbers[key]) + value + bytes(-len(value) % 4)
    return struct.pack("=IHHII", 16 + len(body) + len(told), kind, 0, 0, 0) + body + told


def link(index: int, name: str, flags: int = UP | LOWER_UP, kind: int = 16, **more: bytes) -> bytes:
    body = struct.pack("=BxHiII", 0, 1, index, flags, 0)
    return message(kind, body, name=name.encode() + b"\0", **more)


def route(gateway: str = "10.8.0.1", oif: int = ETH, *, gone: bool = False, table: int = 254) -> bytes:
    body = struct.pack("=BBBBBBBBI", socket.AF_INET, 0, 0, 0, table, 3, 0, 1, 0)
    return message(25 if gone else 24, body, oif=struct.pack("=I", oif), gateway=socket.inet_aton(gateway))


def address(index: int = ETH, *, gone: bool = False) -> bytes:
    body = struct.pack("=BBBBi", socket.AF_INET, 24, 0, 0, index)
    return message(21 if gone else 20, body, local=socket.inet_aton("10.8.0.2"))


def address6(who: str, flags: int = 0, scope: int = 0) -> bytes:
    body = struct.pack("=BBBBi", socket.AF_INET6, 64, flags, scope, ETH)
    return message(20, body, dst=socket.inet_pton(socket.AF_INET6, who))


def route6(gateway: str = "fe80::1") -> bytes:
    body = struct.pack("=BBBBBBBBI", socket.AF_INET6, 0, 0, 0, 254, 9, 0, 1, 0)
    oif = struct.pack("=I", ETH)
    return message(24, body, oif=oif, gateway=socket.inet_pton(socket.AF_INET6, gateway))


def neighbour(state: int, who: str = "10.8.0.1") -> bytes:
    return message(28, struct.pack("=BxxxiHBB", socket.AF_INET, ETH, state, 0, 1), dst=socket.inet_aton(who))


REACHABLE, STALE, FAILED, INCOMPLETE = 0x02, 0x04, 0x20, 0x01


@pytest.fixture
def network() -> Network:
    """A till with one card, an address, a router; and a bridge for containers."""
    known = Network()
    for each in (link(ETH, "eth0"), address(), route(), link(BRIDGE, "docker0", info=b"bridge")):
        known.take(each)
    return known


CONCERN = {
    "carrier lost": link(ETH, "eth0", UP),
    "switched off": link(ETH, "eth0", 0),
    "card pulled out": link(ETH, "eth0", kind=17),
    "a second card": link(3, "eth1"),
    "address gone": address(gone=True),
    "route gone": route(gone=True),
    "another router": route("10.8.0.254"),
    "router dead": neighbour(FAILED),
    "an IPv6 address": address6("2001:db8::2"),
    "an IPv6 way out": route6(),
    "an IPv6 address that another one has": address6("2001:db8::2", flags=0x88),
    "a link's own address that another one has": address6("fe80::2", flags=0x88, scope=253),
    "default route by a virtual card": route(oif=VETH),
}
NO_CONCERN = {
    "the same again": link(ETH, "eth0"),
    "a renewed lease": address(),
    "a link's own address": address6("fe80::2", flags=0x80, scope=253),
    "the route again": route(),
    "router known to live": neighbour(REACHABLE),
    "router not asked lately": neighbour(STALE),
    "router being asked": neighbour(INCOMPLETE),
    "another neighbour dead": neighbour(FAILED, "10.8.0.77"),
    "a container's cable": link(VETH, "veth12", info=b"veth"),
    "a container's cable in its bridge": link(VETH, "veth12", master=struct.pack("=I", BRIDGE)),
    "the containers' bridge without any": link(BRIDGE, "docker0", UP, info=b"bridge"),
    "its address": address(BRIDGE),
    "loopback": link(1, "lo", UP | 0x8),
    "another routing table": route("10.8.0.254", table=100),
    "Wi-Fi's scan results": message(16, struct.pack("=BxHiII", 0, 1, ETH, UP, 0)),
}


@pytest.mark.parametrize("packet", CONCERN.values(), ids=CONCERN)
def test_what_concerns_the_till(network: Network, packet: bytes) -> None:
    """Told once; said again it is nothing new."""
    assert network.take(packet)
    assert not network.take(packet)


@pytest.mark.parametrize("packet", NO_CONCERN.values(), ids=NO_CONCERN)
def test_what_does_not(network: Network, packet: bytes) -> None:
    """No probe runs for it."""
    assert not network.take(packet)


def test_a_router_s_recovery_is_told(network: Network) -> None:
    """Failed and back, whatever lies between."""
    said = [network.take(neighbour(state)) for state in (FAILED, INCOMPLETE, FAILED, REACHABLE, STALE)]
    assert said == [True, False, False, True, False]


def test_routes_that_a_switched_off_card_took_along_are_new_again(network: Network) -> None:
    """The kernel deletes them without a word."""
    network.take(link(ETH, "eth0", 0))
    network.take(link(ETH, "eth0"))
    assert network.take(route())


def test_a_named_interface_is_the_till_s_own() -> None:
    """Even a virtual one."""
    known = Network(("br0", "tun0"))
    known.take(link(BRIDGE, "br0", info=b"bridge"))
    assert known.take(link(BRIDGE, "br0", UP, info=b"bridge"))
    assert known.take(link(12, "tun0", info=b"tun"))
    assert known.take(link(12, "tun0", kind=17, info=b"tun"))


def test_an_address_that_turns_out_to_be_taken_is_news(network: Network) -> None:
    """First it is tentative, then the kernel has heard of the other one."""
    said = [network.take(address6("2001:db8::2", flags)) for flags in (0x40, 0x80, 0x88, 0x88, 0x80)]
    assert said == [True, False, True, False, True]


def test_noise_is_survived(network: Network) -> None:
    """Every cut of every message, and 2,000 random ones."""
    chance = random.Random(4)
    for packet in (*CONCERN.values(), *NO_CONCERN.values()):
        for end in range(len(packet)):
            network.take(packet[:end])
    for _ in range(2000):
        body = chance.randbytes(chance.randrange(60))
        network.take(struct.pack("=IHHII", 16 + len(body), chance.randrange(14, 32), 0, 0, 0) + body)
