"""The kernel's news of devices: captured bytes, real events, and a liar."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from protocols.uevents import open_uevents, parse_uevent, receive
from tests.lab.shop_network import ShopNetwork

# As received on group 1 of NETLINK_KOBJECT_UEVENT: a virtual cable made with ip(8), Linux 6.18.
ADDED = (
    b"add@/devices/virtual/net/vv1\0ACTION=add\0DEVPATH=/devices/virtual/net/vv1\0SUBSYSTEM=net\0"
    b"INTERFACE=vv1\0IFINDEX=5\0SEQNUM=7649\0"
)
CHANGED = (
    b"change@/devices/x/power_supply/AC\0ACTION=change\0SUBSYSTEM=power_supply\0POWER_SUPPLY_NAME=AC\0"
    b"POWER_SUPPLY_ONLINE=0\0"
)


@pytest.fixture
def uevents() -> Iterator[socket.socket]:
    with open_uevents() as sock:
        sock.settimeout(5)
        yield sock


def until(sock: socket.socket, wanted: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    """Other tests make devices too."""
    while not wanted(found := receive(sock)):
        pass
    return found


def test_captured_bytes_are_understood() -> None:
    """Keys and values; the heading is left out."""
    found = parse_uevent(ADDED)
    assert (found["ACTION"], found["SUBSYSTEM"], found["INTERFACE"]) == ("add", "net", "vv1")


@pytest.mark.parametrize("text", [b"", b"\0\0\0", b"libudev\0\xfe\xed\xca\xfe", b"\xff" * 300, ADDED[20:]])
def test_what_is_no_event_says_nothing(text: bytes) -> None:
    """udevd's own format included."""
    assert parse_uevent(text) == {}


def test_a_real_event_is_received(uevents: socket.socket) -> None:
    """Written to sysfs as root may; the kernel sends it to all who listen."""
    Path("/sys/class/net/lo/uevent").write_text("change")
    found = until(uevents, lambda event: event.get("INTERFACE") == "lo")
    assert found["ACTION"] == "change"


def test_an_event_of_a_power_supply_is_received() -> None:
    """There is none in a test machine: the kernel passes one on to the namespace that asks (Linux 4.18)."""
    with ShopNetwork() as shop:
        found = shop.run("terminal", pass_on)
    assert (found["SUBSYSTEM"], found["POWER_SUPPLY_ONLINE"]) == ("power_supply", "0")


def pass_on() -> dict[str, str]:
    with open_uevents() as ours, socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15) as asking:
        ours.settimeout(5)
        asking.send(struct.pack("=IHHII", 16 + len(CHANGED), 0x10, 5, 1, 0) + CHANGED)
        return until(ours, lambda event: event.get("SUBSYSTEM") == "power_supply")


def test_a_liar_is_not_believed(uevents: socket.socket) -> None:
    """Root can send to our address; it is not the kernel's port it comes from."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15) as liar:
        liar.sendto(CHANGED, (uevents.getsockname()[0], 0))
    Path("/sys/class/net/lo/uevent").write_text("change")
    assert until(uevents, lambda event: "SUBSYSTEM" in event)["SUBSYSTEM"] != "power_supply"
