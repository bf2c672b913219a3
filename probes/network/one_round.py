"""One look at the network: its parts, each with what the ones before it found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from probes.memory import Memory
from probes.network import interface, ipv6
from probes.network.address_owner import AddressOwner
from probes.network.conditions import ADDRESS_TAKEN, NO_DEFAULT_ROUTE
from probes.network.gateway import StoreGateway
from probes.network.ipv6 import Ipv6
from probes.network.lies import Witness
from probes.network.link import Link
from probes.network.name_servers import Heard, NameServers, spoken_through
from probes.network.options import NetworkOptions
from probes.network.portal import PortalCheck
from probes.network.proxy import ProxyCheck
from probes.network.reach import Reach
from probes.network.upstream import Upstream
from probes.network.vpn import Tunnel
from probes.path.since import Since
from probes.routing import Ground, servers_of
from probes.till import Till
from protocols.routes import Route
from vocabulary.reading import Reading, Reason, Status

# No one's: RFC 5737, RFC 3849; the packet ends at the store's router anyway.
_FAR_AWAY: Final = ("203.0.113.1", "2001:db8:ffff:ffff::1")


class Round(Struct, frozen=True, kw_only=True):
    """`ground` is what everything stands on, `way_out` the route over it, if there is one."""

    options: NetworkOptions
    till: Till
    memory: Memory
    link: Link
    ground: Ground
    way_out: Route | None

    @property
    def name_servers(self) -> NameServers:
        options = self.options
        return NameServers(
            ground=self.ground,
            servers=servers_of(self.till, options.resolvers),
            name=options.lookup_name,
            witness=Witness(allowed=options.lookup_addresses, gateway=self._gateway_address),
            timeout_seconds=options.resolver_timeout_seconds,
        )

    @property
    def _gateway_address(self) -> str:
        return self.options.gateway or (self.way_out.gateway if self.way_out else "")

    def gateway(self, servers: NameServers, heard: Heard) -> Reading:
        beyond = (*(server.address for server in servers.servers), *_FAR_AWAY)
        store = StoreGateway(ground=self.ground, till=self.till, memory=self.memory, beyond=beyond)
        address = store.address(self.options.gateway, self.way_out)
        through = spoken_through(self.ground, address, heard)
        return store.reading(address, self.options.gateway_timeout_seconds, heard=through)

    def upstream(self, heard: Heard, gateway: Reading) -> Iterator[Reading]:
        since = Since(self.memory, self.till.wall_seconds())
        yield from Upstream(
            ground=self.ground,
            answers=heard.to_name,
            till=self.till,
            since=since,
            router_lives=gateway.status is Status.OK,
        ).readings()
        since.keep()

    def owners(self, gateway: Reading) -> Iterator[Reading]:
        """Who else has the till's addresses."""
        yield from ipv6.taken_addresses(self.link.name, self.till)
        own = interface.ipv4_address(self.link, self.till)
        below = "" if self.ground.broken == NO_DEFAULT_ROUTE.code else self.ground.broken
        if below or not own:
            because = below or "the till has no IPv4 address"
            yield ADDRESS_TAKEN.unknown(Reason.NOT_TESTED, self.link.name, because=because)
            return
        owner = AddressOwner(
            interface=self.link.name,
            service=self.options.address_owners_socket,
            till=self.till,
            memory=self.memory,
        )
        yield owner.reading(own, came_through=gateway.status is Status.OK)

    def beyond(self, heard: Heard, gateway: Reading) -> Iterator[Reading]:
        """What is asked only where the settings name it, and not through a dead gateway."""
        options, seconds = self.options, self.options.host_timeout_seconds
        barrier = self.ground.broken or (gateway.code if gateway.status is Status.FAILING else "")
        reach = Reach(ground=self.ground, till=self.till, servers=heard.speaking, timeout_seconds=seconds)
        portal = PortalCheck(url=options.portal_check, expect=options.portal_expect, timeout_seconds=seconds)
        yield portal.reading(self.link.name, reach, barrier)
        proxy = ProxyCheck(proxy=options.http_proxy, wanted=options.http_proxy_for, timeout_seconds=seconds)
        yield from proxy.readings(reach, barrier)
        tunnel = Tunnel(interface=options.vpn_interface, peer=options.vpn_peer, timeout_seconds=seconds)
        way = gateway.through or (self.link.name,)
        yield from tunnel.readings(self.ground, (*way, gateway.subject), self.till, self.memory, barrier)
        both = Ipv6(check=options.ipv6_check, name=options.lookup_name, timeout_seconds=seconds)
        yield both.reading(self.link.name, reach, barrier)
