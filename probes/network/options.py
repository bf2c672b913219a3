"""The settings' table [network]."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from probes.base import Options
from probes.network.lies import check_allowed
from probes.network.reach import split_authority
from protocols import dns
from protocols.plain_http import parse_url
from protocols.resolv_conf import parse_server
from protocols.routes import pack_address


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
        dns.check_name(self.lookup_name)
        for text in self.lookup_addresses:
            check_allowed(text)
        if self.portal_check:
            parse_url(self.portal_check)
        for authority in filter(None, (self.http_proxy, self.http_proxy_for, self.ipv6_check)):
            split_authority(authority)
        self._check_pairs()

    def _check_pairs(self) -> None:
        if bool(self.http_proxy) != bool(self.http_proxy_for):
            raise ValueError("http_proxy needs http_proxy_for, a host:port that it must let through")
        if self.vpn_peer and not self.vpn_interface:
            raise ValueError("vpn_peer needs vpn_interface")
        if self.portal_expect and not self.portal_check:
            raise ValueError("portal_expect needs portal_check")
