"""The kernel's routing tables as text, and which way an address goes.

Columns of /proc/net/route: Linux net/ipv4/fib_trie.c, `fib_route_seq_show` (main table only); of
/proc/net/ipv6_route: net/ipv6/route.c, `rt6_info_route`. Flags: include/uapi/linux/route.h.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from vocabulary.redaction import shortened

_UP: Final = 0x1
_GATEWAY: Final = 0x2
_REJECT: Final = 0x200
_SHOWN: Final = 60  # characters of what is no address
_NO_DEVICE: Final = "*"  # unreachable, prohibit and blackhole routes


class Route(Struct, frozen=True, kw_only=True):
    """`destination` is packed (4 or 16 bytes); `gateway` is "" where the destination is on the link itself.

    `rejecting`: an unreachable, prohibit or blackhole route, which leads nowhere.
    """

    interface: str
    gateway: str = ""
    destination: bytes = bytes(4)
    prefix_length: int = 0
    metric: int = 0
    rejecting: bool = False


_LOOPBACK: Final = (
    Route(interface="lo", destination=bytes([127, 0, 0, 0]), prefix_length=8),
    Route(interface="lo", destination=bytes(15) + b"\1", prefix_length=128),
)


def parse_ipv4(text: str) -> tuple[Route, ...]:
    """Routes of /proc/net/route that are up; lines that are none are left out."""
    return tuple(_parsed(text, _ipv4_line))


def parse_ipv6(text: str) -> tuple[Route, ...]:
    """Routes of /proc/net/ipv6_route that are up; lines that are none are left out."""
    return tuple(_parsed(text, _ipv6_line))


def lookup(routes: tuple[Route, ...], address: str) -> Route | None:
    """The longest prefix, then the lowest metric; None where nothing leads to `address`.

    127.0.0.0/8 and ::1 always leave by "lo": the table the kernel keeps for them is not in these files. A
    table holds no source addresses and knows no policy rules. Raise ValueError where `address` is no number.
    """
    wanted = pack_address(address)
    found = [route for route in (*routes, *_LOOPBACK) if _covers(route, wanted)]
    best = min(found, key=lambda route: (-route.prefix_length, route.metric), default=None)
    return None if best is None or best.rejecting else best


def default_route(routes: tuple[Route, ...]) -> Route | None:
    """The IPv4 route to everywhere with the lowest metric."""
    found = (
        route
        for route in routes
        if not route.prefix_length and not route.rejecting and len(route.destination) == 4
    )
    return min(found, key=lambda route: route.metric, default=None)


def pack_address(address: str) -> bytes:
    """Four or sixteen bytes. Raise ValueError where `address` is not numeric."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.inet_pton(family, address.partition("%")[0])
    except OSError:
        raise ValueError(
            f"not an address: {shortened(address, _SHOWN)!r}; write one such as 10.8.0.1 or 2001:db8::1"
        ) from None


def _covers(route: Route, address: bytes) -> bool:
    if len(route.destination) != len(address):
        return False
    unused = len(address) * 8 - route.prefix_length
    return int.from_bytes(route.destination, "big") >> unused == int.from_bytes(address, "big") >> unused


def _parsed(text: str, parse: Callable[[list[str]], Route | None]) -> Iterator[Route]:
    for line in text.splitlines():
        try:
            route = parse(line.split())
        except (ValueError, IndexError, struct.error):  # the heading, or a kernel that changed its mind
            continue
        if route is not None:
            yield route


def _ipv4_line(columns: list[str]) -> Route | None:
    flags = int(columns[3], 16)
    if not flags & _UP:
        return None
    return Route(
        interface=columns[0],
        gateway=socket.inet_ntoa(_ipv4_bytes(columns[2])) if flags & _GATEWAY else "",
        destination=_ipv4_bytes(columns[1]),
        prefix_length=int.from_bytes(_ipv4_bytes(columns[7]), "big").bit_count(),
        metric=int(columns[6]),
        rejecting=bool(flags & _REJECT) or columns[0] == _NO_DEVICE,
    )


def _ipv4_bytes(column: str) -> bytes:
    """A column is the address's four bytes printed as one number of this machine."""
    return struct.pack("=I", int(column, 16))


def _ipv6_line(columns: list[str]) -> Route | None:
    flags = int(columns[8], 16)
    if not flags & (_UP | _REJECT):
        return None
    return Route(
        interface=columns[9],
        gateway=socket.inet_ntop(socket.AF_INET6, bytes.fromhex(columns[4])) if flags & _GATEWAY else "",
        destination=bytes.fromhex(columns[0]),
        prefix_length=int(columns[1], 16),
        metric=int(columns[5], 16),
        rejecting=bool(flags & _REJECT),
    )
