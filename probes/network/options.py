"""The settings' table [network]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

from msgspec import Meta

from probes.base import Options
from probes.host_names import check_host, is_address
from probes.network.lies import check_allowed
from probes.network.reach import split_authority
from probes.routing import check_interface
from protocols.plain_http import parse_url
from protocols.resolv_conf import parse_server
from protocols.routes import pack_address
from vocabulary.redaction import shortened

_A_NAME: Final = (
    "a name, such as pay.example: letters, digits and hyphens, at most 63 between two dots and 253 in all"
)


class NetworkOptions(Options, frozen=True, kw_only=True):
    """`interface` and `gateway` default to those of the default route, `resolvers` to /etc/resolv.conf's.

    A `resolvers` entry may end in ":port". Set `lookup_name` to a name the store needs: without it an answer
    only shows that the name server lives. `weak_below_dbm`: 802.11n needs -82 dBm for its slowest rate (IEEE
    802.11-2016 table 19-23), and 7 dB more for people walking by.
    """

    interface: str = ""
    gateway: str = ""
    address_owners_socket: str = "/run/poshealth-address-owners.sock"
    resolvers: tuple[str, ...] = ()
    lookup_name: str = ""
    lookup_addresses: tuple[str, ...] = ()
    portal_check: str = ""
    portal_expect: str = ""
    http_proxy: str = ""
    http_proxy_for: str = ""
    vpn_interface: str = ""
    vpn_peer: str = ""
    ipv6_check: str = ""
    weak_below_dbm: int = -75
    gateway_timeout_seconds: Annotated[float, Meta(gt=0, le=5)] = 3.0
    resolver_timeout_seconds: Annotated[float, Meta(gt=0, le=5)] = 3.0
    host_timeout_seconds: Annotated[float, Meta(gt=0, le=3)] = 2.0

    def __post_init__(self) -> None:
        """Raise ValueError, which the settings show with its line."""
        for text in self.resolvers:
            parse_server(text)
        for address in filter(None, (self.gateway, self.vpn_peer)):
            pack_address(address)
        _check("lookup_name", (self.lookup_name,), _check_name, _A_NAME)
        _check(
            "lookup_addresses", self.lookup_addresses, check_allowed, "such as 203.0.113.7 or 203.0.113.0/24"
        )
        _check("portal_check", (self.portal_check,), _check_url, "such as http://check.example/page")
        _check("http_proxy", (self.http_proxy,), split_authority, "host:port, such as proxy.example:3128")
        _check(
            "http_proxy_for", (self.http_proxy_for,), split_authority, "host:port, such as pay.example:443"
        )
        _check("ipv6_check", (self.ipv6_check,), split_authority, "host:port, such as pay.example:443")
        _check("vpn_interface", (self.vpn_interface,), check_interface, "as ip(8) shows it, wg0 or tun0")
        self._check_pairs()

    def _check_pairs(self) -> None:
        if bool(self.http_proxy) != bool(self.http_proxy_for):
            raise ValueError("http_proxy needs http_proxy_for, a host:port that it must let through")
        if self.vpn_peer and not self.vpn_interface:
            raise ValueError("vpn_peer needs vpn_interface")
        if self.portal_expect and not self.portal_check:
            raise ValueError("portal_expect needs portal_check")


def _check(option: str, values: tuple[str, ...], check: Callable[[str], object], how: str) -> None:
    """Raise ValueError, with how it is written; what is empty is not set."""
    for value in filter(None, values):
        try:
            check(value)
        except ValueError as error:
            raise ValueError(f"{option} {shortened(value, 60)!a}: {how}") from error


def _check_name(text: str) -> None:
    check_host(text)
    if is_address(text):
        raise ValueError("an address")


def _check_url(text: str) -> None:
    check_host(parse_url(text).host)
