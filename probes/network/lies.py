"""Whether a name server's answer can be true: held against what the others say, and against the settings."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Final

from msgspec import Struct

_CARRIER_NAT: Final = ip_network("100.64.0.0/10")  # RFC 6598: no payment host answers there
_SHOWN: Final = 3


class Witness(Struct, frozen=True, kw_only=True):
    """`allowed` are addresses and networks as the settings name them, `gateway` the store's router."""

    allowed: tuple[str, ...] = ()
    gateway: str = ""

    def lie(self, addresses: tuple[str, ...], others: Iterable[tuple[str, ...]]) -> str:
        """A short English phrase for what is wrong with an answer, "" where nothing is."""
        if self.allowed:
            return "" if all(map(self._is_allowed, addresses)) else "not one of lookup_addresses"
        if any(self._says_otherwise(addresses, other) for other in others):
            return next(filter(None, map(self._inside, addresses)), "")
        return ""

    def _is_allowed(self, address: str) -> bool:
        return any(ip_address(address) in ip_network(each, strict=False) for each in self.allowed)

    def _says_otherwise(self, addresses: tuple[str, ...], other: tuple[str, ...]) -> bool:
        """With addresses out in the world, none of which is ours."""
        return bool(other) and not set(addresses) & set(other) and not any(map(self._inside, other))

    def _inside(self, address: str) -> str:
        found = ip_address(address)
        if address == self.gateway:
            return "the store's own router"
        if found.is_loopback or found.is_unspecified:
            return "this till itself"
        if found.is_link_local or found.is_private or (found.version == 4 and found in _CARRIER_NAT):
            return "an address of a private network"
        return ""


def check_allowed(text: str) -> None:
    """Raise ValueError for what is neither an address nor a network."""
    ip_network(text, strict=False)


def are_at_odds(answers: Iterable[tuple[str, ...]]) -> bool:
    """Whether two of them have no address in common; those without any address do not count."""
    known = [set(each) for each in answers if each]
    return any(not one & other for index, one in enumerate(known) for other in known[index + 1 :])


def shown(addresses: Iterable[str]) -> str:
    """At most three, in their order."""
    found = tuple(dict.fromkeys(addresses))
    return ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
