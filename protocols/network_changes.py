"""What the kernel tells of links, addresses, routes and neighbours, as far as a till's way out hangs on it.

Messages: rtnetlink(7), linux/rtnetlink.h, linux/if_link.h, linux/neighbour.h.
"""

from __future__ import annotations

import socket
import struct
from typing import Final

from protocols.netlink import attributes, messages

GROUPS: Final = 0x1 | 0x4 | 0x10 | 0x40 | 0x100 | 0x400
"""RTMGRP_LINK, NEIGH, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE."""
DUMPS: Final = ((18, 16), (22, 8), (26, 12), (30, 12))
"""RTM_GETLINK, GETADDR, GETROUTE, GETNEIGH, and the size of each one's body."""

_LINK: Final = struct.Struct("=BxHiII")  # ifinfomsg: family, type, index, flags, change
_ADDRESS: Final = struct.Struct("=BBBBi")  # ifaddrmsg: family, prefix, flags, scope, index
_ROUTE: Final = struct.Struct(
    "=BBBBBBBBI"
)  # rtmsg: family, dst, src, tos, table, protocol, scope, type, flags
_NEIGHBOUR: Final = struct.Struct("=BxxxiHBB")  # ndmsg: family, index, state, flags, type
_NUMBER: Final = struct.Struct("=I")

_NEW_LINK, _DEL_LINK, _NEW_ADDRESS, _DEL_ADDRESS = 16, 17, 20, 21
_NEW_ROUTE, _DEL_ROUTE, _NEW_NEIGHBOUR = 24, 25, 28
_UP, _LOOPBACK, _LOWER_UP = 0x1, 0x8, 0x10000  # linux/if.h
_IFLA_IFNAME, _IFLA_MASTER, _IFLA_LINKINFO = 3, 10, 18
_RTA_DST, _RTA_OIF, _RTA_GATEWAY, _RTA_PRIORITY, _RTA_TABLE = 1, 4, 5, 6, 15
_NDA_DST: Final = 1
_MAIN_TABLE: Final = 254
_CLONED: Final = 0x200  # RTM_F_CLONED: a cached one
_FAILED: Final = 0x20  # NUD_FAILED
_USABLE: Final = 0x02 | 0x04 | 0x08 | 0x10 | 0x80  # NUD_REACHABLE, STALE, DELAY, PROBE, PERMANENT
_LINK_SCOPE: Final = 253  # RT_SCOPE_LINK: what a machine gives itself
_DAD_FAILED: Final = 0x08  # IFA_F_DADFAILED, linux/if_addr.h: another machine has it

_Link = tuple[str, bool, bool, bool]  # name, up, carrier, "is the till's own by its kind"
_Route = tuple[int, bytes, int, bytes, int, int]  # family, destination, its length, gateway, type, metric


class Network:
    """What is known so far. `take` says whether a message changed it in a way that concerns this till.

    A till's own interfaces are its cards (of no "kind") that belong to no bridge or bond, those named in
    the settings (a card, a tunnel), and whatever a default route ever went out by. The virtual cables and
    bridges of containers are none of these, whatever happens to them.
    """

    def __init__(self, interfaces: tuple[str, ...] = (), gateway: str = "") -> None:
        self._interfaces = frozenset(interfaces) - {""}
        self._gateway = _packed(gateway)
        self._links: dict[int, _Link] = {}
        self._addresses: dict[int, frozenset[tuple[bytes, int, bool]]] = {}
        self._routes: dict[int, set[_Route]] = {}
        self._ways_out: set[int] = set()
        self._dead: dict[bytes, bool] = {}

    def take(self, packet: bytes) -> bool:
        """Whatever is cut short or unknown is left out."""
        changed = False
        for kind, body in messages(packet):
            try:
                changed |= self._take(kind, body)
            except struct.error:
                continue
        return changed

    def _take(self, kind: int, body: bytes) -> bool:
        if kind in (_NEW_LINK, _DEL_LINK):
            return self._link(body, is_gone=kind == _DEL_LINK)
        if kind in (_NEW_ADDRESS, _DEL_ADDRESS):
            return self._address(body, is_gone=kind == _DEL_ADDRESS)
        if kind in (_NEW_ROUTE, _DEL_ROUTE):
            return self._route(body, is_gone=kind == _DEL_ROUTE)
        return kind == _NEW_NEIGHBOUR and self._neighbour(body)

    def _link(self, body: bytes, *, is_gone: bool) -> bool:
        _, _, index, flags, _ = _LINK.unpack_from(body)
        told = dict(attributes(body[_LINK.size :]))
        if _IFLA_IFNAME not in told:  # Wi-Fi's own news (wireless extensions), not the state of the link
            return False
        name = told[_IFLA_IFNAME].rstrip(b"\0").decode("utf-8", "replace")
        own = not (flags & _LOOPBACK or _IFLA_MASTER in told or _IFLA_LINKINFO in told)
        before = self._links.get(index)
        is_ours = own or self._is_ours(index) or name in self._interfaces
        if is_gone:
            self._forget(index)
            return before is not None and is_ours
        if not flags & _UP:
            self._routes.pop(index, None)  # the kernel takes them away without a word
        now = (name, bool(flags & _UP), bool(flags & _LOWER_UP), own)
        self._links[index] = now
        return now != before and is_ours

    def _forget(self, index: int) -> None:
        self._links.pop(index, None)
        self._addresses.pop(index, None)
        self._routes.pop(index, None)
        self._ways_out.discard(index)

    def _address(self, body: bytes, *, is_gone: bool) -> bool:
        """A renewed lease and a confirmed IPv6 address come as new ones, though known.

        What a machine gives itself by IPv6 is news only if another one has it (RFC 4862 5.4.5).
        """
        family, length, flags, scope, index = _ADDRESS.unpack_from(body)
        told = dict(attributes(body[_ADDRESS.size :]))
        packed = told.get(2) or told.get(1) or b""  # IFA_LOCAL, IFA_ADDRESS
        has_failed = bool(flags & _DAD_FAILED)
        before = self._addresses.get(index, frozenset())
        now = before - {(packed, length, True), (packed, length, False)}
        if not is_gone and (has_failed or scope < _LINK_SCOPE or family != socket.AF_INET6):
            now |= {(packed, length, has_failed)}
        self._addresses[index] = now
        return now != before and self._is_ours(index)

    def _route(self, body: bytes, *, is_gone: bool) -> bool:
        family, length, _, _, table, _, _, kind, flags = _ROUTE.unpack_from(body)
        told = dict(attributes(body[_ROUTE.size :]))
        if _number(told, _RTA_TABLE, table) != _MAIN_TABLE or flags & _CLONED:
            return False
        index = _number(told, _RTA_OIF)
        metric = _number(told, _RTA_PRIORITY)
        destination, gateway = told.get(_RTA_DST, b""), told.get(_RTA_GATEWAY, b"")
        known = self._routes.setdefault(index, set())
        before = len(known)
        (known.discard if is_gone else known.add)((family, destination, length, gateway, kind, metric))
        if not length and index and not is_gone:
            self._ways_out.add(index)
        return len(known) != before and (not length or not index or self._is_ours(index))

    def _neighbour(self, body: bytes) -> bool:
        """Only whether a router answers; what was never heard of is taken to live."""
        _, _, state, _, _ = _NEIGHBOUR.unpack_from(body)
        address = dict(attributes(body[_NEIGHBOUR.size :])).get(_NDA_DST, b"")
        if not state & (_FAILED | _USABLE) or address not in self._gateways():
            return False
        was_dead = self._dead.get(address, False)
        self._dead[address] = bool(state & _FAILED)
        return was_dead != self._dead[address]

    def _gateways(self) -> set[bytes]:
        found = {route[3] for routes in self._routes.values() for route in routes if not route[2]}
        return (found | {self._gateway}) - {b""}

    def _is_ours(self, index: int) -> bool:
        name, _, _, own = self._links.get(index, ("", False, False, False))
        return own or index in self._ways_out or name in self._interfaces


def _number(told: dict[int, bytes], key: int, default: int = 0) -> int:
    return int(_NUMBER.unpack_from(told[key])[0]) if key in told else default


def _packed(address: str) -> bytes:
    if not address:
        return b""
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)
