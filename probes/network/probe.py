"""The till's own network, rung by rung: interface, cable or Wi-Fi, address, way out, gateway, names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Final

from msgspec import Meta

from probes.base import Options, Probe
from probes.memory import Memory
from probes.network import link as links
from probes.network.conditions import (
    GATEWAY_SILENT,
    INTERFACE_DOWN,
    MODEM_OFFLINE,
    NO_ADDRESS,
    NO_CARRIER,
    NO_DEFAULT_ROUTE,
    RESOLVER_REFUSING,
    RESOLVER_SILENT,
    THE_LINE,
    WIFI_LOST,
    WIFI_WEAK,
)
from probes.network.gateway import StoreGateway
from probes.network.link import Link, Medium
from probes.network.name_servers import NameServers, spoken_through
from probes.network.upstream import Upstream
from probes.path.since import Since
from probes.routing import Ground, routes_of, servers_of
from probes.till import Till
from protocols import dns, modem_manager
from protocols.resolv_conf import parse_server
from protocols.routes import Route, default_route, pack_address
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason, Status

__all__ = [
    "GATEWAY_SILENT",
    "INTERFACE_DOWN",
    "MODEM_OFFLINE",
    "NO_ADDRESS",
    "NO_CARRIER",
    "NO_DEFAULT_ROUTE",
    "PROBE",
    "RESOLVER_REFUSING",
    "RESOLVER_SILENT",
    "WIFI_LOST",
    "WIFI_WEAK",
    "NetworkOptions",
]

_FAR_AWAY: Final = "203.0.113.1"  # RFC 5737: no one's; the packet ends at the store's router anyway
_NO_CARD: Final = "network card"
_MISSING: Final = "not found in this till"
_OFF: Final = "switched off"
_USES: Final = {
    Medium.CABLE: "the till uses a cable",
    Medium.WIFI: "the till uses Wi-Fi",
    Medium.MOBILE: "the till uses a mobile line",
}


class NetworkOptions(Options, frozen=True, kw_only=True):
    """`interface` and `gateway` default to those of the default route, `resolvers` to /etc/resolv.conf's.

    A `resolvers` entry may end in ":port". Set `lookup_name` to a name the store needs: without it an answer
    only shows that the name server lives. `weak_below_dbm`: 802.11n needs -82 dBm for its slowest rate (IEEE
    802.11-2016 table 19-23), and 7 dB more for people walking by.
    """

    interface: str = ""
    gateway: str = ""
    resolvers: tuple[str, ...] = ()
    lookup_name: str = ""
    weak_below_dbm: int = -75
    gateway_timeout_seconds: Annotated[float, Meta(gt=0, le=5)] = 3.0
    resolver_timeout_seconds: Annotated[float, Meta(gt=0, le=5)] = 3.0

    def __post_init__(self) -> None:
        """Raise ValueError, which the settings show with its line."""
        for text in self.resolvers:
            parse_server(text)
        if self.gateway:
            pack_address(self.gateway)
        dns.check_name(self.lookup_name)


def read(options: NetworkOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """1. Interface, carrier or Wi-Fi, address, route: the kernel's own word, no packet sent.

    2. All name servers at once, unless something below keeps us from them.
    3. The gateway, unless a name server's answer already came through it.
    4. The line beyond the gateway, where no name server out there answers.
    """
    routes = routes_of(till)
    way_out = _way_out(routes, options)
    link = links.look(till, _interface(till, options, way_out, memory))
    broken = ""
    for reading in chain(_link(link, options, till), _address(link, till), _route(link, way_out)):
        yield reading
        if reading.status is Status.FAILING and reading.code != WIFI_WEAK.code:
            broken = broken or reading.code
    ground = Ground(routes=routes, interface=link.name, broken=broken)
    asked = NameServers(
        ground=ground,
        servers=servers_of(till, options.resolvers),
        name=options.lookup_name,
        timeout_seconds=options.resolver_timeout_seconds,
    )
    answers = asked.ask(till)
    yield from asked.readings(answers)
    beyond = (*(server.address for server in asked.servers), _FAR_AWAY)
    gateway = StoreGateway(ground=ground, till=till, memory=memory, beyond=beyond)
    address = gateway.address(options.gateway, way_out)
    heard = spoken_through(ground, address, answers)
    router = gateway.reading(address, options.gateway_timeout_seconds, heard=heard)
    yield router
    since = Since(memory, till.wall_seconds())
    lives = router.status is Status.OK
    upstream = Upstream(ground=ground, answers=answers, till=till, since=since, router_lives=lives)
    yield from upstream.readings()
    since.keep()


def _way_out(routes: tuple[Route, ...], options: NetworkOptions) -> Route | None:
    """The default route, the named interface's first; else any route through the configured gateway."""
    own = tuple(route for route in routes if route.interface == options.interface)
    by_gateway = (route for route in routes if options.gateway and route.gateway == options.gateway)
    ipv6 = (route for route in routes if not route.prefix_length and route.gateway and not route.rejecting)
    return default_route(own) or default_route(routes) or next(by_gateway, None) or next(ipv6, None)


def _interface(till: Till, options: NetworkOptions, way_out: Route | None, memory: Memory) -> str:
    """A card switched off takes the default route with it: remember whose it was."""
    remembered = str(memory.get("interface", ""))
    if way_out is not None and way_out.interface != remembered:
        memory.set("interface", way_out.interface)
    return links.choose(till, options.interface, way_out.interface if way_out else remembered)


def _link(link: Link, options: NetworkOptions, till: Till) -> Iterator[Reading]:
    subject = link.name or _NO_CARD
    down = not (link.present and link.up)
    yield INTERFACE_DOWN.failing_if(down, subject, state=_state(link))
    if down:
        for condition in (NO_CARRIER, WIFI_LOST, WIFI_WEAK, MODEM_OFFLINE):
            yield condition.unknown(Reason.NOT_TESTED, subject, because=INTERFACE_DOWN.code)
        return
    yield _carrier(NO_CARRIER, link, Medium.CABLE)
    yield _carrier(WIFI_LOST, link, Medium.WIFI)
    yield _signal(link, options)
    yield _modem(link, till)


def _state(link: Link) -> str:
    if not link.present:
        return _MISSING
    return "switched on" if link.up else _OFF


def _carrier(condition: Condition, link: Link, medium: Medium) -> Reading:
    if link.medium is not medium:
        return condition.unknown(Reason.NOT_SUPPORTED, link.name, because=_USES[link.medium])
    if link.carrier is None:
        return condition.unknown(Reason.NOT_SUPPORTED, link.name, because="the driver does not say")
    return condition.failing_if(not link.carrier, link.name)


def _signal(link: Link, options: NetworkOptions) -> Reading:
    if link.medium is not Medium.WIFI:
        return WIFI_WEAK.unknown(Reason.NOT_SUPPORTED, link.name, because=_USES[link.medium])
    if link.carrier is False:
        return WIFI_WEAK.unknown(Reason.NOT_TESTED, link.name, because=WIFI_LOST.code)
    if link.signal_dbm is None:
        return WIFI_WEAK.unknown(Reason.NOT_SUPPORTED, link.name, because="the driver does not say")
    return WIFI_WEAK.failing_if(
        link.signal_dbm < options.weak_below_dbm,
        link.name,
        signal_dbm=link.signal_dbm,
        weak_below_dbm=options.weak_below_dbm,
    )


def _modem(link: Link, till: Till) -> Reading:
    if link.medium is not Medium.MOBILE:
        return MODEM_OFFLINE.unknown(Reason.NOT_SUPPORTED, link.name, because=_USES[link.medium])
    answer = till.run(*modem_manager.COMMAND, timeout_seconds=2.0)
    if answer.returncode:
        return MODEM_OFFLINE.unknown(Reason.NOT_SUPPORTED, link.name, because="no ModemManager here")
    wrong = modem_manager.what_is_wrong(modem_manager.parse(answer.stdout))
    if wrong is None:
        return MODEM_OFFLINE.unknown(Reason.BUSY, link.name, because="the modem is starting or stopping")
    return MODEM_OFFLINE.failing_if(bool(wrong), link.name, state=wrong or "up")


def _address(link: Link, till: Till) -> Iterator[Reading]:
    subject = link.name or _NO_CARD
    if not link.present:
        yield NO_ADDRESS.unknown(Reason.NOT_TESTED, subject, because=INTERFACE_DOWN.code)
        return
    try:
        own = [found.address for found in till.addresses() if found.interface == link.name]
    except OSError:
        allow = "RestrictAddressFamilies=AF_NETLINK"
        yield NO_ADDRESS.unknown(Reason.NO_PERMISSION, subject, because=allow)
        return
    useful = [address for address in own if not _is_link_local(address)]
    found = next(iter(useful or own), "none")
    yield NO_ADDRESS.failing_if(not useful, subject, through=(subject,), found=found)


def _is_link_local(address: str) -> bool:
    """What a machine gives itself: 169.254.0.0/16 (RFC 3927), fe80::/10 (RFC 4291 2.5.6)."""
    packed = pack_address(address)
    return packed[:2] == b"\xa9\xfe" or (packed[0] == 0xFE and packed[1] & 0xC0 == 0x80)


def _route(link: Link, way_out: Route | None) -> Iterator[Reading]:
    subject = link.name or _NO_CARD
    if way_out is not None:
        yield NO_DEFAULT_ROUTE.ok(subject, through=(way_out.interface,), gateway=way_out.gateway or "none")
    elif link.present:
        yield NO_DEFAULT_ROUTE.failing(subject, through=(subject,))
    else:
        yield NO_DEFAULT_ROUTE.unknown(Reason.NOT_TESTED, subject, because=INTERFACE_DOWN.code)


PROBE: Final = Probe(
    id="network",
    title="The till's own network",
    conditions=(
        INTERFACE_DOWN,
        NO_CARRIER,
        WIFI_LOST,
        WIFI_WEAK,
        MODEM_OFFLINE,
        NO_ADDRESS,
        NO_DEFAULT_ROUTE,
        GATEWAY_SILENT,
        *THE_LINE,
        RESOLVER_SILENT,
        RESOLVER_REFUSING,
    ),
    options=NetworkOptions,
    read=read,
    timeout_seconds=18.0,  # 3 s name servers, 4 s gateway, 8.5 s neighbour table, 0.8 s trace, and room
)
