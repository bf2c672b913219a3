"""The till's address, taken by another machine on the same switch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.running.probe_run import ProbeRun
from probes.network.probe import PROBE, NetworkOptions
from tests.address_owners import address_owners
from tests.lab.network_look import UP_FRONT, causes
from tests.lab.shop_network import ROUTER, TERMINAL, ShopNetwork
from tests.lab.tunnel import tunnel
from vocabulary.reading import Reading, Status

RunProbe = Callable[..., ProbeRun]
TAKEN = "network.address-taken"


@pytest.fixture
def service(shop: ShopNetwork, till_folder: Path) -> Iterator[str]:
    with address_owners(till_folder, shop.within("terminal")) as path:
        yield path


@pytest.fixture
def twin(shop: ShopNetwork) -> Iterator[str]:
    """A machine with the till's address; its hardware address."""
    shop.join("guest", f"{TERMINAL}/24")
    try:
        yield shop.run("guest", lambda: Path("/sys/class/net/eth0/address").read_text().strip())
    finally:
        shop.leave("guest")


@pytest.fixture
def look(shop: ShopNetwork, run_probe: RunProbe, service: str) -> Callable[..., ProbeRun]:
    options = NetworkOptions(
        resolvers=(UP_FRONT,), gateway_timeout_seconds=1.8, address_owners_socket=service
    )

    def look(memory: dict[str, object] | None = None) -> ProbeRun:
        run = shop.run("terminal", lambda: run_probe(PROBE, options, memory=memory))
        assert run.complete, run.error
        return run

    return look


def reading(run: ProbeRun) -> Reading:
    return next(each for each in run.readings if each.code == TAKEN)


def test_a_twin_is_the_one_cause(look: Callable[..., ProbeRun], twin: str) -> None:
    """Named by its hardware address."""
    run = look()
    assert causes(run) == [(TAKEN, ("eth0",))]
    assert reading(run).facts == {"address": TERMINAL, "other": twin}


def test_a_router_that_is_lost_to_a_twin_follows_from_it(
    shop: ShopNetwork, look: Callable[..., ProbeRun], twin: str
) -> None:
    """The router's answers go to the other machine."""
    mac = twin
    shop.ip("router", f"neighbour replace {TERMINAL} dev lan lladdr {mac} nud permanent")
    memory: dict[str, object] = {"gateway": ROUTER, "gateway-answers": True}
    try:
        run = look(memory)
    finally:
        shop.ip("router", f"neighbour del {TERMINAL} dev lan")
    assert causes(run) == [(TAKEN, ("eth0",))]
    assert {each.code for each in run.readings if each.status is Status.FAILING} > {"network.gateway-silent"}


def test_the_answer_stands_for_ten_minutes(shop: ShopNetwork, look: Callable[..., ProbeRun]) -> None:
    """While the router answers; a twin is then asked for until it is gone."""
    first = look()
    shop.join("guest", f"{TERMINAL}/24")
    try:
        second = look(first.memory)
        assert (reading(first).status, reading(second).status) == (Status.OK, Status.OK)
        aged = dict(second.memory or {})
        third = look({**aged, "address-owner": [TERMINAL, "", time.monotonic() - 601]})
    finally:
        shop.leave("guest")
    assert reading(third).status is Status.FAILING
    assert reading(look(third.memory)).status is Status.OK


def test_a_tunnel_has_no_twin(shop: ShopNetwork, run_probe: RunProbe, service: str) -> None:
    """There is no ARP on it."""
    options = NetworkOptions(resolvers=(UP_FRONT,), interface="tun0", address_owners_socket=service)
    with tunnel(shop):
        run = shop.run("terminal", lambda: run_probe(PROBE, options))
    assert (reading(run).reason, reading(run).because) == ("not-supported", "this is no Ethernet")


def test_without_a_cable_nobody_is_asked(shop: ShopNetwork, look: Callable[..., ProbeRun]) -> None:
    """Silence would prove nothing, and the bad news would wait for it."""
    shop.ip("switch", "link set till down")
    try:
        assert reading(look()).because == "network.no-carrier"
    finally:
        shop.ip("switch", "link set till up")


def test_without_the_service_it_is_not_tested(shop: ShopNetwork, run_probe: RunProbe) -> None:
    """And the command that helps is said."""
    options = NetworkOptions(resolvers=(UP_FRONT,), address_owners_socket="/run/there-is-none.sock")
    run = shop.run("terminal", lambda: run_probe(PROBE, options))
    assert "systemctl enable --now poshealth-address-owners.socket" in reading(run).because
