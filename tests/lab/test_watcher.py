"""The daemon where cables are pulled: it is told by the kernel, for it polls once an hour."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from console.control_client import ask
from tests.counter import daemon, wait_for, write_settings
from tests.lab.shop_network import ACQUIRER, ROUTER, ShopNetwork
from tests.lab.tunnel import tunnel

pytestmark = pytest.mark.slow  # real processes

HOURLY = f"""
[every_seconds]
power = 3600
receipt_printer = 3600
network = 3600
firewall_ports = 3600
payment_lines = 3600
software = 3600
[network]
gateway = "{ROUTER}"
resolvers = ["127.0.0.1:1"]
vpn_interface = "tun0"
"""
Codes = Callable[[], set[str]]


@pytest.fixture
def running(shop: ShopNetwork, tmp_path: Path) -> Iterator[psutil.Process]:
    settings = write_settings(tmp_path, "", HOURLY)
    with daemon(settings, shop.within("terminal")) as process:
        found = psutil.Process(process.pid)
        wait_for(lambda: is_watching(tmp_path))
        yield found


@pytest.fixture
def codes(running: psutil.Process, tmp_path: Path) -> Codes:
    del running
    return lambda: causes(tmp_path)


def causes(folder: Path) -> set[str]:
    return {cause["code"] for cause in ask(str(folder / "control.sock"), {"do": "status"}, 5)["causes"]}


def is_watching(folder: Path) -> bool:
    return bool(ask(str(folder / "control.sock"), {"do": "status"}, 5)["watching"])


def reports(folder: Path) -> int:
    """How many wait for a head office that is not set up."""
    return int(ask(str(folder / "control.sock"), {"do": "status"}, 5)["outbox"]["waiting"])


def rounds(folder: Path) -> int:
    return int(ask(str(folder / "control.sock"), {"do": "status"}, 5)["rounds"])


def test_a_pulled_cable_is_named(shop: ShopNetwork, codes: Codes) -> None:
    """And so is its return, an hour before the next round."""
    shop.ip("switch", "link set till down")
    wait_for(lambda: "network.no-carrier" in codes())
    shop.ip("switch", "link set till up")
    wait_for(lambda: "network.no-carrier" not in codes())


def test_bad_news_does_not_wait_for_ports_beyond_the_cable(shop: ShopNetwork, tmp_path: Path) -> None:
    """They are tried again, for ten seconds in vain; the cable is named long before."""
    ports = f'[firewall_ports]\noutbound = [{{ host = "{ACQUIRER}", port = 9 }}]\ntimeout_seconds = 5\n'
    settings = write_settings(tmp_path, "", HOURLY + ports, every=3600)
    with daemon(settings, shop.within("terminal")):
        wait_for(lambda: is_watching(tmp_path))
        before, told = rounds(tmp_path), reports(tmp_path)
        shop.ip("switch", "link set till down")
        try:
            wait_for(lambda: reports(tmp_path) > told)
            assert "network.no-carrier" in causes(tmp_path)
            assert rounds(tmp_path) == before
        finally:
            shop.ip("switch", "link set till up")


def test_a_lost_address_and_way_out_are_seen(shop: ShopNetwork, codes: Codes) -> None:
    """The default route goes with its address; both come back."""
    shop.ip("terminal", "route del default")
    wait_for(lambda: "network.no-default-route" in codes())
    shop.ip("terminal", "route add default via 10.8.0.1")
    wait_for(lambda: "network.no-default-route" not in codes())


def test_everything_that_goes_over_the_network_is_looked_at(shop: ShopNetwork, tmp_path: Path) -> None:
    """A lost route runs the till's network, its ports and its payment lines at once; so does its return."""
    shop.serve("acquirer", 8583)
    port = f'host = "{ACQUIRER}", port = 8583'
    line = f'name = "card/primary", {port}, tls = false, tries = 1'
    tables = f"[firewall_ports]\noutbound = [{{ {port} }}]\n[payment_lines]\nlines = [{{ {line} }}]\n"
    with daemon(write_settings(tmp_path, "", HOURLY + tables), shop.within("terminal")):
        wait_for(lambda: is_watching(tmp_path))
        assert followers(tmp_path) == set()
        shop.ip("terminal", "route del default")
        wait_for(lambda: followers(tmp_path) >= {"firewall", "payment-line", "card-payments"})
        shop.ip("terminal", "route add default via 10.8.0.1")
        wait_for(lambda: followers(tmp_path) == set())


def followers(folder: Path) -> set[str]:
    """What the missing way out explains, by family."""
    causes = ask(str(folder / "control.sock"), {"do": "status"}, 5)["causes"]
    found = [each for each in causes if each["code"] == "network.no-default-route"]
    return {code.partition(".")[0] for each in found for code, _ in each["consequences"]}


def test_a_router_that_dies_behind_a_good_cable_is_seen(shop: ShopNetwork, codes: Codes) -> None:
    """The kernel asks its neighbour three times, a second apart, and gives it up; nobody had to ask."""
    mac = "02:00:00:00:00:01"
    shop.ip("terminal", f"neighbour replace {ROUTER} dev eth0 lladdr {mac} nud reachable")
    shop.ip("router", "address del 10.8.0.1/24 dev lan")
    try:
        shop.ip("terminal", f"neighbour change {ROUTER} dev eth0 nud probe")
        wait_for(lambda: "network.gateway-silent" in codes())
    finally:
        shop.ip("router", "address add 10.8.0.1/24 dev lan")


def test_a_tunnel_that_comes_and_goes_is_seen(shop: ShopNetwork, codes: Codes) -> None:
    """With its route; a device that is gone takes that along."""
    assert "network.vpn-down" in codes()
    with tunnel(shop) as relay:
        wait_for(lambda: "network.vpn-down" not in codes())
        os.kill(relay, signal.SIGKILL)
        wait_for(lambda: "network.vpn-down" in codes())


def test_ipv6_that_comes_and_leads_nowhere_is_seen(shop: ShopNetwork, codes: Codes) -> None:
    """An address and a route are all that a dead router leaves behind."""
    shop.ip("terminal", "address add 2001:db8::2/64 dev eth0 nodad")
    shop.ip("terminal", "-6 route add default via fe80::dead dev eth0")
    wait_for(lambda: "network.ipv6-broken" in codes())
    shop.ip("terminal", "-6 route del default")
    wait_for(lambda: "network.ipv6-broken" not in codes())
    shop.ip("terminal", "address del 2001:db8::2/64 dev eth0")


def test_an_ipv6_address_that_is_taken_is_seen(shop: ShopNetwork, codes: Codes) -> None:
    """The kernel says so a second after the address came."""
    shop.join("guest", "10.8.0.9/24")
    shop.ip("guest", "address add 2001:db8::77/64 dev eth0 nodad")
    try:
        shop.ip("terminal", "address add 2001:db8::77/64 dev eth0")
        wait_for(lambda: "network.ipv6-address-taken" in codes())
        shop.ip("terminal", "address del 2001:db8::77/64 dev eth0")
        wait_for(lambda: "network.ipv6-address-taken" not in codes())
    finally:
        shop.leave("guest")


def test_containers_come_and_go_unnoticed(shop: ShopNetwork, codes: Codes, tmp_path: Path) -> None:
    """A bridge and virtual cables are not the till's own: no probe is run for them."""
    before = rounds(tmp_path)
    for _ in range(5):
        shop.ip("terminal", "link add docker0 type bridge")
        shop.ip("terminal", "link add veth1 type veth peer name veth2")
        shop.ip("terminal", "link set veth1 master docker0 up")
        shop.ip("terminal", "link set docker0 up")
        shop.ip("terminal", "address add 172.17.0.1/16 dev docker0")
        shop.ip("terminal", "link del veth1")
        shop.ip("terminal", "link del docker0")
    shop.ip("switch", "link set till down")
    wait_for(lambda: "network.no-carrier" in codes())
    shop.ip("switch", "link set till up")
    wait_for(lambda: "network.no-carrier" not in codes())
    assert rounds(tmp_path) - before <= 3


def test_a_storm_of_flaps_is_a_few_runs(shop: ShopNetwork, codes: Codes, tmp_path: Path) -> None:
    """A thousand changes of a loose plug: a handful of rounds, and the last state is the one that is told."""
    before, begun = rounds(tmp_path), time.monotonic()
    shop.run("switch", lambda: flap(500))
    wait_for(lambda: "network.no-carrier" in codes(), 30)
    seconds = time.monotonic() - begun
    assert rounds(tmp_path) - before <= 3 * (2 + seconds / 10)
    shop.ip("switch", "link set till up")
    wait_for(lambda: "network.no-carrier" not in codes(), 30)


def flap(times: int) -> None:
    """Off and on; it ends with off."""
    lines = "link set till up\nlink set till down\n" * times
    subprocess.run(["ip", "-batch", "-"], input=lines, text=True, check=True)


def test_a_watcher_that_is_killed_is_replaced(
    shop: ShopNetwork, running: psutil.Process, codes: Codes
) -> None:
    """Nothing else notices, and what happened meanwhile is seen."""
    os.kill(running.children()[0].pid, signal.SIGKILL)
    shop.ip("switch", "link set till down")
    wait_for(lambda: "network.no-carrier" in codes())
    shop.ip("switch", "link set till up")
    wait_for(lambda: "network.no-carrier" not in codes())
