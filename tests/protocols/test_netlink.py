"""Addresses as rtnetlink hands them out."""

from __future__ import annotations

import struct

import pytest

from protocols.netlink import (
    Address,
    addresses,
    ends_dump,
    interface_towards,
    parse_addresses,
    parse_interface,
)


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, 2, 1, 0) + body


def attribute(kind: int, body: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(body), kind) + body + bytes(-len(body) % 4)


PEER = struct.pack("=BBBBi", 2, 32, 0, 0, 7) + attribute(1, b"\x0a\0\0\1") + attribute(2, b"\x0a\0\0\2")
PLAIN = struct.pack("=BBBBi", 2, 24, 0, 0, 7) + attribute(3, b"eth0\0") + attribute(1, b"\x0a\x08\0\2")


def test_this_machine_has_a_loopback_address() -> None:
    """From the kernel itself."""
    assert Address("lo", "127.0.0.1", 8) in addresses()


def test_on_a_point_to_point_line_the_own_address_counts() -> None:
    """IFA_ADDRESS is the peer's there, IFA_LOCAL ours (rtnetlink(7))."""
    found = parse_addresses(message(20, PEER) + message(20, PLAIN), lambda index: f"if{index}")
    assert found == [Address("if7", "10.0.0.2", 32), Address("if7", "10.8.0.2", 24)]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        message(20, b"\2"),
        message(16, PLAIN),
        message(20, PLAIN)[:20],
        struct.pack("=IHHII", 3, 20, 0, 0, 0),
    ],
)
def test_what_is_no_address_is_left_out(packet: bytes) -> None:
    """Cut short, of another kind, or with a length that leads nowhere."""
    assert parse_addresses(packet, lambda _: "eth0") == []


def test_the_dump_ends_where_the_kernel_says_so() -> None:
    """NLMSG_DONE, or an error that is raised."""
    assert ends_dump(message(20, PLAIN) + message(3, b"\0\0\0\0"))
    assert not ends_dump(message(20, PLAIN))
    with pytest.raises(PermissionError):
        ends_dump(message(2, struct.pack("=i", -1)))


@pytest.mark.parametrize("address", ["127.0.0.7", "::1"])
def test_the_kernel_tells_by_which_interface_a_packet_leaves(address: str) -> None:
    """From the kernel itself."""
    assert interface_towards(address) == "lo"


def test_an_answer_without_an_interface_names_none() -> None:
    """Of another kind, or cut short."""
    route = bytes(12) + attribute(4, struct.pack("=I", 7))

    assert parse_interface(message(24, route), lambda index: f"if{index}") == "if7"
    assert parse_interface(message(20, route) + message(24, route[:14]), lambda _: "eth0") == ""
