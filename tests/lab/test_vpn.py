"""A VPN tunnel of real TUN devices: gone, off, without its program or a route, its other end dead."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import msgspec
import pytest

from agent.running.probe_run import ProbeRun
from probes.network.probe import NetworkOptions
from protocols.netlink import interface_towards
from tests.lab.network_look import HOST, UP_FRONT, causes, reading, serve_dns
from tests.lab.shop_network import ACQUIRER, PROVIDER, ShopNetwork
from tests.lab.tunnel import BEHIND, FAR, NEAR, tunnel
from tests.name_server import address, denial
from vocabulary.reading import Status

Look = Callable[..., ProbeRun]
DOWN, SILENT = "network.vpn-down", "network.vpn-peer-silent"
OPTIONS = NetworkOptions(
    resolvers=(UP_FRONT,), vpn_interface="tun0", vpn_peer=FAR, gateway_timeout_seconds=1.8
)


def state(run: ProbeRun) -> tuple[list[tuple[str, tuple[str, ...]]], object]:
    return causes(run), reading(run, DOWN).facts["state"]


def test_a_tunnel_that_carries_is_ok(shop: ShopNetwork, look: Look) -> None:
    """Up, with a route, and somebody behind it answers."""
    with tunnel(shop):
        run = look(OPTIONS)
    assert causes(run) == []
    assert (reading(run, DOWN).status, reading(run, SILENT).status) == (Status.OK, Status.OK)


def test_a_tunnel_that_is_not_there(look: Look) -> None:
    assert state(look(OPTIONS)) == ([(DOWN, ("tun0",))], "there is no such interface")


def test_a_tunnel_that_is_switched_off(shop: ShopNetwork, look: Look) -> None:
    with tunnel(shop):
        shop.ip("terminal", "link set tun0 down")
        assert state(look(OPTIONS)) == ([(DOWN, ("tun0",))], "switched off")


def test_a_tunnel_whose_program_has_ended(shop: ShopNetwork, look: Look) -> None:
    """A device that outlives it has no carrier."""
    shop.ip("terminal", "tuntap add dev tun0 mode tun")
    shop.ip("terminal", f"address add 10.9.0.1 peer {FAR} dev tun0")
    shop.ip("terminal", "link set tun0 up")
    try:
        assert state(look(OPTIONS)) == ([(DOWN, ("tun0",))], "its program does not run")
    finally:
        shop.ip("terminal", "link del tun0")


def test_a_tunnel_that_no_route_leads_into(shop: ShopNetwork, look: Look) -> None:
    """The peer would be looked for on the Internet."""
    with tunnel(shop):
        shop.ip("terminal", f"route del {FAR} dev tun0")
        assert state(look(OPTIONS)) == ([(DOWN, ("tun0",))], "no route leads into it")


@pytest.mark.parametrize("to", [FAR, "0.0.0.0/0"])
def test_a_route_by_a_policy_rule_will_do(shop: ShopNetwork, look: Look, to: str) -> None:
    """As wg-quick makes them: the main table knows nothing of it."""
    with tunnel(shop):
        shop.ip("terminal", f"route del {FAR} dev tun0")
        shop.ip("terminal", f"route add {to} dev tun0 src {NEAR} table 100")
        shop.ip("terminal", f"rule add to {to} lookup 100 priority 100")
        try:
            options = OPTIONS if to == FAR else msgspec.structs.replace(OPTIONS, vpn_peer="")
            assert "network.vpn-down" not in dict(causes(look(options)))
        finally:
            shop.ip("terminal", "rule del priority 100")


def test_an_other_end_that_is_dead_is_the_one_cause(shop: ShopNetwork, look: Look) -> None:
    """The tunnel is up, and nothing comes out of it; one that never answered may just be strict."""
    with tunnel(shop) as relay:
        memory = look(OPTIONS).memory
        os.kill(relay, signal.SIGSTOP)
        known, unknown = look(OPTIONS, memory), look(OPTIONS)
        os.kill(relay, signal.SIGCONT)
    assert causes(known) == [(SILENT, ("tun0",))]
    assert (causes(unknown), reading(unknown, SILENT).because) == ([], "it has never answered yet")


def test_where_no_way_leads_the_kernels_error_is_raised(shop: ShopNetwork) -> None:
    """The switch has no address of its own."""
    with pytest.raises(OSError, match="unreachable"):
        shop.run("switch", lambda: interface_towards(ACQUIRER))


def test_without_a_peer_a_route_will_do(shop: ShopNetwork, look: Look) -> None:
    """Whatever it leads to."""
    no_peer = msgspec.structs.replace(OPTIONS, vpn_peer="")
    with tunnel(shop):
        assert causes(look(no_peer)) == []
        for each in (FAR, BEHIND):
            shop.ip("terminal", f"route del {each} dev tun0")
        assert causes(look(no_peer)) == [(DOWN, ("tun0",))]


def test_a_tunnel_behind_a_dead_router_follows_from_it(shop: ShopNetwork, look: Look) -> None:
    """Its program gave up because of that."""
    memory: dict[str, object] = {"gateway": "10.8.0.1", "gateway-answers": True}
    shop.ip("router", "address del 10.8.0.1/24 dev lan")
    shop.ip("terminal", "neigh flush all")
    try:
        run = look(OPTIONS, memory)
    finally:
        shop.ip("router", "address add 10.8.0.1/24 dev lan")
    assert causes(run) == [("network.gateway-silent", ("10.8.0.1",))]
    assert reading(run, DOWN).status is Status.FAILING


def test_a_tunnel_gone_and_a_name_server_that_fails_are_two_causes(shop: ShopNetwork, look: Look) -> None:
    """And no third."""
    serve_dns(shop, "provider", denial(2))
    serve_dns(shop, "acquirer", address("9.9.9.9"))
    run = look(msgspec.structs.replace(OPTIONS, resolvers=(PROVIDER, ACQUIRER), lookup_name=HOST))
    assert set(causes(run)) == {(DOWN, ("tun0",)), ("network.resolver-failing", (PROVIDER,))}
