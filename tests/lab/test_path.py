"""`poshealth path` in a real terminal, to a real acquirer behind real faults."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from simulators.dns_server import DnsServer
from tests.console.terminal import ROOT, Terminal
from tests.counter import wait_for, write_settings
from tests.lab.shop_network import ACQUIRER, PROVIDER, ROUTER, ShopNetwork

pytestmark = pytest.mark.slow  # real processes

CARD = f"{ACQUIRER}:8583"
TABLES = f"""
[contacts.site-it]
name = "Store network"
phone = "555-0100"
[network]
resolvers = ["{ROUTER}"]
[firewall_ports]
resolvers = ["{ROUTER}"]
timeout_seconds = 1.4
outbound = [
  {{ host = "{ACQUIRER}", port = 8583, purpose = "Card payments" }},
  {{ host = "{ACQUIRER}", port = 443, purpose = "Reports", reference = true }},
]
"""
Way = Callable[..., Terminal]


@pytest.fixture
def settings(tmp_path: Path) -> str:
    return str(write_settings(tmp_path, "", TABLES))


@pytest.fixture(autouse=True)
def _names(shop: ShopNetwork) -> None:
    """A name server in the store's router."""
    shop.start("router", _name_server)


@pytest.fixture
def way(shop: ShopNetwork, settings: str) -> Way:
    """The command, in a terminal of the till."""

    def run(*words: str, columns: int = 80, lines: int = 24) -> Terminal:
        command = ("path", *words, "--settings", settings)
        return Terminal(*command, within=shop.within("terminal"), columns=columns, lines=lines)

    return run


def _name_server(ready: Callable[[], object]) -> None:
    with DnsServer({"pos.acquirer.example": [ACQUIRER]}, host=ROUTER, port=53):
        ready()
        time.sleep(3600)


def blocked(shop: ShopNetwork, hop: str, hook: str, verdict: str) -> None:
    shop.serve("acquirer", 8583, 443)
    shop.rule(hop, hook, f"tcp dport 8583 {verdict}")


@contextmanager
def dead_router(shop: ShopNetwork) -> Iterator[None]:
    shop.ip("router", "address del 10.8.0.1/24 dev lan")
    shop.ip("terminal", "neigh flush all")
    try:
        yield
    finally:
        shop.ip("router", "address add 10.8.0.1/24 dev lan")
        shop.ip("terminal", "neigh flush all")  # else it may wait a second before it asks again


def plain(shop: ShopNetwork, settings: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Without a terminal."""
    command = [*shop.within("terminal"), sys.executable, "-m", "console", "path", *words]
    return subprocess.run(
        [*command, "--settings", settings], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_way_that_is_well_ends_at_the_open_port(shop: ShopNetwork, way: Way) -> None:
    """Exit 0; every hop of both ports; no fault."""
    shop.serve("acquirer", 8583, 443)
    terminal = way(CARD)
    assert terminal.end() == 0
    seen = "\n".join(terminal.seen())
    for number, address in enumerate((ROUTER, PROVIDER, "10.8.2.2"), 1):
        assert re.search(rf"^ ok {number} +{address} +{address}$", seen, re.MULTILINE), seen
    assert re.search(r"^ ok 4 +open +open$", seen, re.MULTILINE)
    assert "No fault." in seen


FAULTS = [  # where, hook, verdict; the code; what the line to send ends in
    ("provider", "forward", "drop", "firewall.port-dropped", f"last hop answering: {PROVIDER}"),
    ("router", "forward", "reject with icmpx admin-prohibited", "firewall.port-rejected", "UTC"),
    (
        "terminal",
        "output",
        "drop",
        "firewall.blocked-here",
        "UTC (rule: not seen)",
    ),
]


@pytest.mark.parametrize("size", [(80, 24), (40, 24)], ids=str)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[3])
def test_who_stops_it_and_what_to_send(
    shop: ShopNetwork, way: Way, fault: tuple[str, str, str, str, str], size: tuple[int, int]
) -> None:
    """One verdict, drawn once, with source, destination, port, protocol, year and zone; exit 1."""
    hop, hook, verdict, code, end = fault
    blocked(shop, hop, hook, verdict)
    terminal = way(CARD, columns=size[0], lines=size[1])
    assert terminal.end() == 1
    seen = terminal.seen()
    assert sum(f"[{code}]" in line for line in seen) == 1
    assert sum("TCP 8583" in line and line.startswith(" !!") for line in seen) == 1
    assert sum(line.startswith(" ok cable") for line in seen) == 1
    line = next(line for line in seen if f"10.8.0.2 > {ACQUIRER} TCP 8583" in line)
    assert re.search(r"since \d{4}-\d\d-\d\d \d\d:\d\d UTC", line)
    assert line.endswith(end)
    drawn = [each for each in seen if re.match(r" (ok|!!|--|  ) ", each)]
    assert 8 < len(drawn) < size[1]
    assert max(map(len, drawn)) < size[0]


def test_the_ladder_is_drawn_while_it_is_climbed(shop: ShopNetwork, way: Way) -> None:
    """The hops stand there before the dropped port's time is over; then they are drawn over."""
    blocked(shop, "provider", "forward", "drop")
    terminal = way(CARD)
    terminal.until(PROVIDER)
    assert "Cause" not in terminal.output.decode()
    terminal.end()
    assert terminal.output.decode().count(PROVIDER) > len(re.findall(PROVIDER, "\n".join(terminal.seen())))


def test_a_refused_port_ends_where_the_host_answers(shop: ShopNetwork, way: Way) -> None:
    """And not before, nor beyond."""
    shop.serve("acquirer", 443)
    terminal = way(CARD)
    assert terminal.end() == 1
    assert re.search(r"^ !! 4 +refused +open$", "\n".join(terminal.seen()), re.MULTILINE)


def test_behind_a_dead_router_the_router_is_named(shop: ShopNetwork, settings: str) -> None:
    """Exit 2, as `check` has it, and not the port."""
    shop.serve("acquirer", 8583, 443)
    with dead_router(shop):
        done = plain(shop, settings, CARD, "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["report"]["diagnosis"]["causes"][0]["code"] == "network.gateway-silent"


def test_without_a_terminal_it_is_plain_lines(shop: ShopNetwork, settings: str) -> None:
    """Every row once, no control code, in Chinese too."""
    blocked(shop, "provider", "forward", "drop")
    done = plain(shop, settings, CARD, "--lang", "zh")
    assert (done.returncode, done.stderr) == (1, ""), done.stdout
    assert "\x1b" not in done.stdout
    assert done.stdout.count("10.8.2.2") == 1
    assert "请放行 10.8.0.2 > 10.8.3.2 TCP 8583" in done.stdout.splitlines()[-1]


def test_json_has_hops_and_the_report(shop: ShopNetwork, settings: str) -> None:
    """The readings of this destination and of what is below, of nothing else."""
    blocked(shop, "provider", "forward", "drop")
    found: dict[str, Any] = json.loads(plain(shop, settings, CARD, "--json").stdout)
    assert [hop["address"] for hop in found["hops"][:2]] == [ROUTER, PROVIDER]
    assert found["reference_hops"][-1]["outcome"] == "open"
    subjects = {known["reading"].get("subject", "") for known in found["report"]["readings"]}
    assert subjects - {"", "eth0", ROUTER, "network", "firewall_ports"} == {CARD}


@pytest.mark.parametrize(("of_port", "words"), [(8583, [CARD]), (443, [CARD, "--tls"])])
def test_nothing_is_traced_past_the_tunnel(
    of_port: int, words: list[str], shop: ShopNetwork, tmp_path: Path
) -> None:
    """The host would answer there; who should mend it is told, also where only another port is set so."""
    shop.serve("acquirer", 8583, 443)
    tables = TABLES.replace(f"port = {of_port},", f'port = {of_port}, vpn = "tun0",')
    done = plain(shop, str(write_settings(tmp_path, "", tables)), *words)

    assert done.returncode == 1
    assert "path.past-the-tunnel" in done.stdout
    assert PROVIDER not in done.stdout


def test_a_name_is_looked_up_and_one_that_is_none_is_the_cause(shop: ShopNetwork, settings: str) -> None:
    """Nothing was blocked, and nothing is said to be well."""
    shop.serve("acquirer", 8583, 443)
    good = plain(shop, settings, "pos.acquirer.example:8583")
    bad = plain(shop, settings, "nosuch.example:8583")
    assert (good.returncode, "No fault." in good.stdout) == (0, True)
    assert bad.returncode in (1, 2)
    assert "nosuch.example" in bad.stdout.splitlines()[-1]
    assert "No fault." not in bad.stdout


IPV6 = [  # namespace, what is added, and taken away again
    ("terminal", "address", "fd08::2/64 dev eth0 nodad"),
    ("router", "address", "fd08::1/64 dev lan nodad"),
    ("router", "address", "fd08:1::1/64 dev wan nodad"),
    ("provider", "address", "fd08:1::2/64 dev store nodad"),
    ("terminal", "route", "fd08:1::/64 via fd08::1"),
    ("provider", "route", "fd08::/64 via fd08:1::1"),
]


@pytest.fixture
def far_ipv6(shop: ShopNetwork) -> Iterator[str]:
    """A host behind the router, by IPv6 alone."""
    shop.sysctl("router", "net/ipv6/conf/all/forwarding", "1")
    for hop, kind, what in IPV6:
        shop.ip(hop, f"-6 {kind} add {what}")
    shop.start("provider", _serve_ipv6)
    wait_for(lambda: shop.run("terminal", _is_reached))  # the first packets wait for neighbours to be found
    yield "[fd08:1::2]:8583"
    for hop, kind, what in reversed(IPV6):
        shop.ip(hop, f"-6 {kind} del {what.removesuffix(' nodad')}")


def _is_reached() -> bool:
    with socket.socket(socket.AF_INET6) as sock:
        sock.settimeout(3)
        return sock.connect_ex(("fd08:1::2", 8583)) == 0


def _serve_ipv6(ready: Callable[[], object]) -> None:
    with socket.create_server(("fd08:1::2", 8583), family=socket.AF_INET6) as server:
        ready()
        while True:
            server.accept()[0].close()


@pytest.mark.parametrize("columns", [80, 40])
def test_a_way_by_ipv6(far_ipv6: str, way: Way, columns: int) -> None:
    """Its hops too, and where it ends."""
    terminal = way(far_ipv6, columns=columns)
    assert terminal.end() in (0, 1)  # what else the till's IPv6 may lack is not asked here
    seen = "\n".join(terminal.seen())
    assert re.search(r"^ ok 1 +fd08::1$", seen, re.MULTILINE), seen
    assert re.search(r"^ ok 2 +open$", seen, re.MULTILINE)
    assert re.search(r"^ ok TCP 8583 +open$", seen, re.MULTILINE)


def test_an_interrupted_look_leaves_nothing_behind(shop: ShopNetwork, way: Way) -> None:
    """Exit 130, the terminal as it was, no child left, no traceback."""
    blocked(shop, "provider", "forward", "drop")
    terminal = way(CARD)
    terminal.until(PROVIDER)
    children = psutil.Process(terminal.process.pid).children()
    terminal.interrupt()
    assert terminal.end() == 128 + signal.SIGINT
    assert "Traceback" not in terminal.output.decode()
    assert children
    assert not [child for child in children if child.is_running()]
