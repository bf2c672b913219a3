"""The till's own network, rung by rung: from its card to the name servers, and what is named beyond."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from probes.base import Probe
from probes.memory import Memory
from probes.network import interface
from probes.network import link as links
from probes.network.link_conditions import WIFI_WEAK
from probes.network.one_round import Round
from probes.network.options import NetworkOptions
from probes.network.way_conditions import CONDITIONS
from probes.routing import Ground, routes_of
from probes.till import Till
from protocols.routes import Route, default_route
from vocabulary.reading import Reading, Status

__all__ = ["PROBE", "NetworkOptions"]


def read(options: NetworkOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """1. Interface, carrier or Wi-Fi, address, route: the kernel's own word, no packet sent.

    2. All name servers at once, unless something below keeps us from them.
    3. The gateway, unless a name server's answer already came through it; the line beyond it, where no name
       server out there answers; and who else has our address.
    4. What the settings name beyond: portal, proxy, tunnel; and IPv6 beside IPv4.
    """
    routes = routes_of(till)
    gateway = options.gateway or str(memory.get("gateway", ""))
    needs_ipv4 = "." in gateway
    way_out = _way_out(routes, options, needs_ipv4=needs_ipv4)
    link = links.look(till, _interface(till, options, way_out, memory))
    broken = ""
    rungs = interface.readings(
        link, way_out, till, weak_below_dbm=options.weak_below_dbm, needs_ipv4=needs_ipv4
    )
    for reading in rungs:
        yield reading
        if reading.status is Status.FAILING and reading.code != WIFI_WEAK.code:
            broken = broken or reading.code
    ground = Ground(routes=routes, interface=link.name, broken=broken)
    this = Round(options=options, till=till, memory=memory, link=link, ground=ground, way_out=way_out)
    servers = this.name_servers
    heard = servers.ask(till)
    yield from servers.readings(heard)
    router = this.gateway(servers, heard)
    yield router
    yield from this.upstream(heard, router)
    yield from this.owners(router)
    yield from this.beyond(heard, router)


def _way_out(routes: tuple[Route, ...], options: NetworkOptions, *, needs_ipv4: bool) -> Route | None:
    """The default route, the named interface's first; else any route through the configured gateway.

    One of IPv6 alone will do only where the till never went out by IPv4.
    """
    own = tuple(route for route in routes if route.interface == options.interface)
    by_gateway = (route for route in routes if options.gateway and route.gateway == options.gateway)
    six = (route for route in routes if not route.prefix_length and route.gateway and not route.rejecting)
    found = default_route(own) or default_route(routes) or next(by_gateway, None)
    return found or (None if needs_ipv4 else next(six, None))


def _interface(till: Till, options: NetworkOptions, way_out: Route | None, memory: Memory) -> str:
    """A card switched off takes the default route with it: remember whose it was."""
    remembered = str(memory.get("interface", ""))
    if way_out is not None and way_out.interface != remembered:
        memory.set("interface", way_out.interface)
    return links.choose(till, options.interface, way_out.interface if way_out else remembered)


PROBE: Final = Probe(
    id="network",
    title="The till's own network",
    conditions=CONDITIONS,
    options=NetworkOptions,
    read=read,
    # At most 3 s name servers, 4 s gateway, 8.5 s neighbour table, 2 s address; 4.1 s line, 4 s portal,
    # 4 s proxy, 3 s tunnel and 6 s IPv6 where the router lives and nothing behind it. Settings allow more.
    timeout_seconds=50.0,
)
