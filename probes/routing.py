"""Which way a packet leaves this till, through a tunnel or not, and who turns names into addresses for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain
from typing import Final

from msgspec import Struct

from probes.network.conditions import NO_DEFAULT_ROUTE
from probes.till import Till
from protocols.dns import Server
from protocols.gateway import is_neighbour
from protocols.resolv_conf import parse_hosts, parse_resolv_conf, parse_server
from protocols.routes import Route, default_route, lookup, parse_ipv4, parse_ipv6
from vocabulary.reading import ANYWHERE
from vocabulary.redaction import shortened

_INTERFACE: Final = re.compile(
    r"[!-.0-9;-~]{1,15}"
)  # net/core/dev.c, dev_valid_name: no space, no slash, no colon
_SHOWN: Final = 60  # characters of what is no interface


class Ground(Struct, frozen=True, kw_only=True):
    """What every packet stands on. `broken`: the code of `interface`'s lowest failing rung, "" for none."""

    routes: tuple[Route, ...]
    interface: str = ""
    broken: str = ""

    def through(self, address: str) -> tuple[str, ...]:
        """The subjects a packet to `address` travels over: its interface, and the gateway if it takes one."""
        route = lookup(self.routes, address)
        if route is None:
            return (ANYWHERE,)
        return (route.interface, route.gateway) if route.gateway else (route.interface,)

    def barrier(self, address: str) -> str:
        """The code of what keeps us from asking `address` at all, "" for nothing."""
        route = lookup(self.routes, address)
        if route is None:
            return self.broken or NO_DEFAULT_ROUTE.code
        below = "" if self.broken == NO_DEFAULT_ROUTE.code else self.broken
        return below if route.interface == self.interface else ""


class Course(Struct, frozen=True, kw_only=True):
    """How a packet gets to a destination. `way`: interface, and gateway if it takes one.

    `tunnel`: the interface it is meant to take, "" for any; `below`: that, and what the tunnel itself goes
    over. `strays`: it would go past the tunnel.
    """

    way: tuple[str, ...]
    tunnel: str = ""
    below: tuple[str, ...] = ()
    strays: bool = False

    @property
    def subjects(self) -> tuple[str, ...]:
        """All that is travelled over, or would be."""
        return tuple(dict.fromkeys((*self.way, *self.below)))


def course(address: str, tunnel: str, ground: Ground, till: Till) -> Course:
    way = ground.through(address)
    if not tunnel:
        return Course(way=way)
    out = default_route(tuple(each for each in ground.routes if each.interface != tunnel))
    below = (tunnel, *filter(None, (out.interface, out.gateway) if out else ()))
    if not leads_into(tunnel, address, ground, till):
        return Course(way=way, tunnel=tunnel, below=below, strays=True)
    return Course(way=way if way[0] == tunnel else (tunnel,), tunnel=tunnel, below=below)


def leads_into(interface: str, address: str, ground: Ground, till: Till) -> bool:
    """By the kernel's own choice; by the main table, which knows no policy rules, where it does not say."""
    try:
        return till.interface_towards(address) == interface
    except OSError:
        return ground.through(address)[0] == interface


def check_interface(text: str) -> None:
    """Raise ValueError for what no interface can be called."""
    if not _INTERFACE.fullmatch(text):
        raise ValueError(f"not an interface: {shortened(text, _SHOWN)!a}; as ip(8) shows it, wg0 or tun0")


def routes_of(till: Till) -> tuple[Route, ...]:
    """IPv4 and IPv6; a table that cannot be read is empty."""
    tables: tuple[tuple[str, Callable[[str], tuple[Route, ...]]], ...] = (
        ("proc/net/route", parse_ipv4),
        ("proc/net/ipv6_route", parse_ipv6),
    )
    return tuple(chain.from_iterable(parse(_text(till, name)) for name, parse in tables))


def servers_of(till: Till, configured: tuple[str, ...]) -> tuple[Server, ...]:
    """Those configured, else /etc/resolv.conf's. Raise ValueError where one configured is no address."""
    if configured:
        return tuple(parse_server(text) for text in configured)
    return parse_resolv_conf(_text(till, "etc/resolv.conf"))


def hosts_of(till: Till) -> dict[str, str]:
    return parse_hosts(_text(till, "etc/hosts"))


def is_neighbour_of(till: Till, address: str) -> bool:
    """Whether the kernel knows a hardware address for it; IPv6 has no such file."""
    if ":" not in address:
        return is_neighbour(_text(till, "proc/net/arp"), address)
    try:
        return address in till.neighbours()
    except OSError:
        return False


def _text(till: Till, name: str) -> str:
    try:
        return till.read_text(name)
    except OSError:
        return ""
