"""The machine's own addresses, its neighbours and its choice of a way from the kernel, unprivileged, and how
its messages are cut (rtnetlink(7)).
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

_HEADER: Final = struct.Struct("=IHHII")  # nlmsghdr, netlink(7): length, type, flags, sequence, port
_ADDRESS: Final = struct.Struct("=BBBBi")  # ifaddrmsg, rtnetlink(7): family, prefix, flags, scope, index
_ATTRIBUTE: Final = struct.Struct("=HH")  # rtattr, rtnetlink(7): length, type
_GET_ADDRESSES: Final = 22  # RTM_GETADDR
_NEW_ADDRESS: Final = 20  # RTM_NEWADDR
_NEIGHBOUR: Final = struct.Struct("=BxxxiHBB")  # ndmsg, linux/neighbour.h: family, index, state, flags, type
_GET_NEIGHBOURS: Final = 30  # RTM_GETNEIGH
_NEW_NEIGHBOUR: Final = 28  # RTM_NEWNEIGH
_NDA_DST: Final = 1
_USABLE: Final = 0x02 | 0x04 | 0x08 | 0x10 | 0x80  # NUD_REACHABLE, STALE, DELAY, PROBE, PERMANENT
_ROUTE: Final = struct.Struct("=BBBBBBBBI")  # rtmsg, rtnetlink(7): family, length of the destination, ...
_GET_ROUTE: Final = 26  # RTM_GETROUTE
_NEW_ROUTE: Final = 24  # RTM_NEWROUTE
_RTA_DST: Final = 1
_RTA_OIF: Final = 4
_ERROR: Final = 2  # NLMSG_ERROR
_DONE: Final = 3  # NLMSG_DONE
_REQUEST: Final = 0x001  # NLM_F_REQUEST
_REQUEST_DUMP: Final = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
_IFA_ADDRESS: Final = 1  # the peer's, on a point-to-point line
_IFA_LOCAL: Final = 2
_LENGTHS: Final = {socket.AF_INET: 4, socket.AF_INET6: 16}
_TIMEOUT_SECONDS: Final = 1.0  # the kernel answers in 0.3 ms


class Address(Struct, frozen=True):
    """One address of one interface."""

    interface: str
    address: str
    prefix_length: int


def addresses() -> tuple[Address, ...]:
    """Every IPv4 and IPv6 address of this network namespace. Raise OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.settimeout(_TIMEOUT_SECONDS)
        return tuple(
            found for answer in dump(sock, _GET_ADDRESSES, _ADDRESS.size) for found in parse_addresses(answer)
        )


def neighbours() -> frozenset[str]:
    """Whoever has a hardware address in the kernel's table, IPv4 and IPv6. Raise OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.settimeout(_TIMEOUT_SECONDS)
        packets = dump(sock, _GET_NEIGHBOURS, _NEIGHBOUR.size)
        return frozenset(found for packet in packets for found in parse_neighbours(packet))


def interface_towards(address: str) -> str:
    """The interface by which a packet of ours to the numeric `address` would leave: policy rules, which stand
    in no file, are followed. Raise OSError, also where no way leads there.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    packed = socket.inet_pton(family, address.partition("%")[0])
    body = _ROUTE.pack(family, len(packed) * 8, 0, 0, 0, 0, 0, 0, 0)
    body += _ATTRIBUTE.pack(_ATTRIBUTE.size + len(packed), _RTA_DST) + packed
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.settimeout(_TIMEOUT_SECONDS)
        sock.send(_HEADER.pack(_HEADER.size + len(body), _GET_ROUTE, _REQUEST, 1, 0) + body)
        answer = sock.recv(1 << 16)
    ends_dump(answer)
    return parse_interface(answer)


def dump(sock: socket.socket, kind: int, body_size: int) -> Iterator[bytes]:
    """The packets that answer a request for everything of one kind. Raise OSError."""
    sock.send(_HEADER.pack(_HEADER.size + body_size, kind, _REQUEST_DUMP, 1, 0) + bytes(body_size))
    done = False
    while not done:
        answer = sock.recv(1 << 16)
        yield answer
        done = ends_dump(answer)


def ends_dump(packet: bytes) -> bool:
    """Raise OSError where the kernel refused."""
    for kind, body in messages(packet):
        code = struct.unpack_from("=i", body)[0] if kind == _ERROR and len(body) >= 4 else 0
        if code:
            raise OSError(-code, os.strerror(-code))
        if kind in {_DONE, _ERROR}:
            return True
    return not packet


def parse_addresses(packet: bytes, name_of: Callable[[int], str] = socket.if_indextoname) -> list[Address]:
    """Messages that are no address, or cut short, are left out."""
    found = (_parse(body, name_of) for kind, body in messages(packet) if kind == _NEW_ADDRESS)
    return [address for address in found if address is not None]


def _parse(body: bytes, name_of: Callable[[int], str]) -> Address | None:
    if len(body) < _ADDRESS.size:
        return None
    family, prefix_length, _, _, index = _ADDRESS.unpack_from(body)
    told = dict(attributes(body[_ADDRESS.size :]))
    packed = told.get(_IFA_LOCAL) or told.get(_IFA_ADDRESS) or b""
    if len(packed) != _LENGTHS.get(family):
        return None
    try:
        name = name_of(index)
    except OSError:  # gone between the kernel's answer and this question
        return None
    return Address(name, socket.inet_ntop(family, packed), prefix_length)


def parse_neighbours(packet: bytes) -> list[str]:
    """Those that are usable; messages that are none, or cut short, are left out."""
    found = []
    for kind, body in messages(packet):
        if kind != _NEW_NEIGHBOUR or len(body) < _NEIGHBOUR.size:
            continue
        family, _, state, _, _ = _NEIGHBOUR.unpack_from(body)
        packed = dict(attributes(body[_NEIGHBOUR.size :])).get(_NDA_DST, b"")
        if state & _USABLE and len(packed) == _LENGTHS.get(family):
            found.append(socket.inet_ntop(family, packed))
    return found


def parse_interface(packet: bytes, name_of: Callable[[int], str] = socket.if_indextoname) -> str:
    """That of the first route in it; "" where there is none. Raise OSError where it has just gone."""
    for kind, body in messages(packet):
        index = dict(attributes(body[_ROUTE.size :])).get(_RTA_OIF, b"") if kind == _NEW_ROUTE else b""
        if len(index) == 4:
            return name_of(int(struct.unpack("=I", index)[0]))
    return ""


def messages(packet: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of each; a rest that is too short is left out."""
    at = 0
    while at + _HEADER.size <= len(packet):
        length, kind, _, _, _ = _HEADER.unpack_from(packet, at)
        if length < _HEADER.size:
            return
        yield kind, packet[at + _HEADER.size : at + length]
        at += _aligned(length)


def attributes(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and payload of each; a rest that is too short is left out."""
    at = 0
    while at + _ATTRIBUTE.size <= len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, at)
        if length < _ATTRIBUTE.size:
            return
        yield kind, body[at + _ATTRIBUTE.size : at + length]
        at += _aligned(length)


def _aligned(length: int) -> int:
    return (length + 3) & ~3
