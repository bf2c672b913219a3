"""The network probe where real cables, addresses, routes and routers fail."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

import pytest

from agent.running.probe_run import ProbeRun
from probes.network.probe import NetworkOptions
from tests.lab.network_look import causes, reading, serve_dns
from tests.lab.shop_network import ACQUIRER, PROVIDER, ROUTER, ShopNetwork
from tests.name_server import address
from vocabulary.reading import Status


@contextlib.contextmanager
def undone(shop: ShopNetwork, hop: str, do: str, *undo: str) -> Iterator[None]:
    shop.ip(hop, do)
    try:
        yield
    finally:
        for each in undo:
            shop.ip(hop, each)


def test_a_healthy_shop_has_no_cause(shop: ShopNetwork, look: Callable[..., ProbeRun]) -> None:
    """Interface, cable, address, route and router are each seen to work."""
    serve_dns(shop, "acquirer", address("10.8.3.2"))
    run = look(NetworkOptions(resolvers=(ACQUIRER,), lookup_name="host.acquirer.test"))
    assert {each.code for each in run.readings if each.status is Status.OK} == {
        "network.interface-down",
        "network.no-carrier",
        "network.no-address",
        "network.no-default-route",
        "network.gateway-silent",
        "network.resolver-silent",
        "network.resolver-garbled",
        "network.resolver-failing",
        "network.name-unknown",
        "network.resolver-refusing",
        "network.resolver-inventing",
        "network.ipv6-address-taken",
        "path.line-down",
        "path.upstream-silent",
    }
    assert reading(run, "network.resolver-silent").through == ("eth0", ROUTER, ACQUIRER)
    assert reading(run, "network.gateway-silent").facts["asked"] == "a name lookup"


def test_the_router_is_pinged_where_that_is_permitted(
    shop: ShopNetwork, look: Callable[..., ProbeRun]
) -> None:
    """And how it was seen is said."""
    shop.sysctl("terminal", "net/ipv4/ping_group_range", "0 2147483647")
    try:
        assert reading(look(), "network.gateway-silent").facts["seen_by"] == "ping"
    finally:
        shop.sysctl("terminal", "net/ipv4/ping_group_range", "1 0")


def test_without_ping_a_tcp_answer_will_do(look: Callable[..., ProbeRun]) -> None:
    """A refusal by the router is a sign of life."""
    facts = reading(look(), "network.gateway-silent").facts
    assert facts["seen_by"] == "a TCP answer"
    assert facts["asked"] == "TCP, as ping is not permitted"


def test_a_strict_router_is_seen_by_what_it_sends_back(
    shop: ShopNetwork, look: Callable[..., ProbeRun]
) -> None:
    """It drops ping and TCP alike and still forwards."""
    shop.rule("router", "input", "drop")
    found = reading(look(), "network.gateway-silent")
    assert (found.status, found.facts["seen_by"]) == (Status.OK, "a packet it sent back")


def mute(shop: ShopNetwork) -> None:
    shop.rule("router", "input", "drop")
    shop.rule("router", "output", "icmp type time-exceeded drop")


def test_a_router_that_never_answered_is_unknown_at_first(
    shop: ShopNetwork, look: Callable[..., ProbeRun]
) -> None:
    """Its neighbour entry may be older than its death."""
    look()
    mute(shop)
    assert reading(look(), "network.gateway-silent").because == "it has never answered yet"


@pytest.mark.slow
def test_a_mute_router_is_alive_by_its_neighbour_entry_in_the_end(
    shop: ShopNetwork, look: Callable[..., ProbeRun]
) -> None:
    """After a minute of silence the table can no longer be out of date."""
    mute(shop)
    silent_since = time.monotonic() - 60
    run = look(memory={"gateway": ROUTER, "gateway-silent-since": silent_since})
    found = reading(run, "network.gateway-silent")
    assert (found.status, found.facts["seen_by"]) == (Status.OK, "the neighbour table")


@pytest.mark.parametrize(
    ("neighbours", "memory"),
    [("forgotten", {}), ("known", {"gateway": ROUTER, "gateway-answers": True})],
)
def test_a_dead_router_is_the_one_cause(
    shop: ShopNetwork, look: Callable[..., ProbeRun], neighbours: str, memory: dict[str, object]
) -> None:
    """The name server behind it is silent as a consequence."""
    options = NetworkOptions(resolvers=(ACQUIRER,), gateway_timeout_seconds=1.8, resolver_timeout_seconds=1)
    look()
    with undone(shop, "router", "address del 10.8.0.1/24 dev lan", "address add 10.8.0.1/24 dev lan"):
        if neighbours == "forgotten":
            shop.ip("terminal", "neigh flush all")
        run = look(options, memory)
    assert causes(run) == [("network.gateway-silent", (ROUTER,))]
    assert reading(run, "network.resolver-silent").status is Status.FAILING


def test_a_cable_out_is_the_one_cause(shop: ShopNetwork, look: Callable[..., ProbeRun]) -> None:
    """Nothing above the cable is even tried."""
    with undone(shop, "switch", "link set till down", "link set till up"):
        run = look()
    assert causes(run) == [("network.no-carrier", ("eth0",))]
    assert reading(run, "network.gateway-silent").because == "network.no-carrier"


def test_a_card_switched_off_is_the_one_cause(shop: ShopNetwork, look: Callable[..., ProbeRun]) -> None:
    """It takes the default route with it; which card it was is remembered."""
    memory = look().memory
    with undone(shop, "terminal", "link set eth0 down", "link set eth0 up", "route add default via 10.8.0.1"):
        run = look(memory=memory)
    assert causes(run) == [("network.interface-down", ("eth0",))]
    assert reading(run, "network.gateway-silent").subject == ROUTER


def test_no_address_is_the_one_cause(shop: ShopNetwork, look: Callable[..., ProbeRun]) -> None:
    """The missing route follows from it."""
    memory = look().memory
    back = ("address add 10.8.0.2/24 dev eth0", "route add default via 10.8.0.1")
    with undone(shop, "terminal", "-4 address flush dev eth0", *back):
        run = look(memory=memory)
    assert causes(run) == [("network.no-address", ("eth0",))]


def test_no_default_route_is_the_one_cause(shop: ShopNetwork, look: Callable[..., ProbeRun]) -> None:
    """An address without a way out: a distant name server is not even asked."""
    memory = look().memory
    with undone(shop, "terminal", "route del default", "route add default via 10.8.0.1"):
        run = look(NetworkOptions(resolvers=(ACQUIRER,)), memory)
    assert causes(run) == [("network.no-default-route", ("eth0",))]
    assert reading(run, "network.resolver-silent").because == "network.no-default-route"


def test_a_way_out_through_the_configured_gateway_needs_no_default_route(
    shop: ShopNetwork, look: Callable[..., ProbeRun]
) -> None:
    """A till on a closed line knows the way to its acquirer alone."""
    options = NetworkOptions(resolvers=("127.0.0.1:1",), gateway=ROUTER)
    shop.ip("terminal", f"route add 10.8.3.0/24 via {ROUTER}")
    back = ("route add default via 10.8.0.1", f"route del 10.8.3.0/24 via {ROUTER}")
    with undone(shop, "terminal", "route del default", *back):
        assert causes(look(options)) == []


def test_one_name_server_dead_and_one_alive_is_one_warning(
    shop: ShopNetwork, look: Callable[..., ProbeRun]
) -> None:
    """The router let the other's answer through, so it is not to blame."""
    serve_dns(shop, "acquirer", address("10.8.3.2"))
    shop.rule("provider", "input", "udp dport 53 drop")
    run = look(NetworkOptions(resolvers=(PROVIDER, ACQUIRER), resolver_timeout_seconds=1))
    assert causes(run) == [("network.resolver-silent", (PROVIDER,))]


def test_a_till_that_blocks_its_own_name_lookup_says_so(
    shop: ShopNetwork, look: Callable[..., ProbeRun]
) -> None:
    """EPERM on sending is no dead name server."""
    shop.rule("terminal", "output", "udp dport 53 drop")
    run = look(NetworkOptions(resolvers=(ACQUIRER,)))
    assert causes(run) == [("network.resolver-refusing", (ACQUIRER,))]
    said = reading(run, "network.resolver-refusing").facts["answer"]
    assert said == "blocked by the till's own firewall"


def test_a_till_that_blocks_everything_does_not_blame_the_router(
    shop: ShopNetwork, look: Callable[..., ProbeRun]
) -> None:
    """Nothing left the machine, so nothing is known of the router."""
    shop.rule("terminal", "output", "oifname eth0 drop")
    found = reading(look(), "network.gateway-silent")
    assert (found.status, found.because) == (Status.UNKNOWN, "blocked by the till's own firewall")
