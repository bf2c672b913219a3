"""The firewall probe against real nftables on every hop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from agent.diagnosis import diagnose
from agent.running.probe_run import ProbeRun
from probes.firewall_ports.probe import PROBE, FirewallOptions, Outbound
from probes.network.probe import PROBE as NETWORK
from probes.network.probe import NetworkOptions
from probes.path.conditions import PATH
from tests.lab.shop_network import ACQUIRER, PROVIDER, ROUTER, ShopNetwork
from vocabulary.reading import Reading, Status
from vocabulary.report import Cause, Known

RunProbe = Callable[..., ProbeRun]
Look = Callable[[], tuple[Reading, ...]]
CONDITIONS = {each.code: each for probe in (NETWORK, PROBE) for each in probe.conditions}
CARD = f"{ACQUIRER}:8583"
OPTIONS = FirewallOptions(
    outbound=(
        Outbound(host=ACQUIRER, port=8583, purpose="Card payments"),
        Outbound(host=ACQUIRER, port=443, purpose="Reports", reference=True),
    ),
    timeout_seconds=1.4,
)

BLOCKS = [  # where, hook, verdict; condition; facts
    ("router", "forward", "drop", "firewall.port-dropped", {"last_hop": ROUTER}),
    ("provider", "forward", "drop", "firewall.port-dropped", {"last_hop": PROVIDER}),
    ("router", "forward", "reject", "firewall.port-rejected", {"offender": ROUTER, "icmp": "3/3"}),
    (
        "provider",
        "forward",
        "reject with icmpx admin-prohibited",
        "firewall.port-rejected",
        {"offender": PROVIDER, "icmp": "3/13"},
    ),
    (
        "provider",
        "forward",
        "reject with icmpx host-unreachable",
        "firewall.port-rejected",
        {"offender": PROVIDER, "icmp": "3/1"},
    ),
    (
        "provider",
        "forward",
        "reject with tcp reset",
        "firewall.reset-on-the-way",
        {"offender": PROVIDER},
    ),
    (
        "terminal",
        "output",
        "reject with tcp reset",
        "firewall.blocked-here",
        {"how": "a reset comes before the first router"},
    ),
    ("terminal", "output", "drop", "firewall.blocked-here", {"how": "its firewall drops the packets"}),
    ("terminal", "output", "reject", "firewall.blocked-here", {"how": "its firewall rejects the packets"}),
]
Block = tuple[str, str, str, str, dict[str, str]]


@pytest.fixture
def look(shop: ShopNetwork, run_probe: RunProbe) -> Look:
    """Both probes, in the terminal."""
    network = NetworkOptions(resolvers=("127.0.0.1:1",), gateway_timeout_seconds=1.8)

    def look() -> tuple[Reading, ...]:
        runs = shop.run("terminal", lambda: (run_probe(NETWORK, network), run_probe(PROBE, OPTIONS)))
        assert all(run.complete for run in runs), runs
        return tuple(reading for run in runs for reading in run.readings)

    return look


def causes(readings: tuple[Reading, ...]) -> list[Cause]:
    """Without the name server at whose port no one listens."""
    known = tuple(Known(reading=each, since=0.0) for each in readings)
    return [each for each in diagnose(known, CONDITIONS).causes if each.subjects != ("127.0.0.1:1",)]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: " ".join(block[:3]))
def test_each_block_is_the_one_cause(shop: ShopNetwork, look: Look, block: Block) -> None:
    """The condition, the port and the evidence; the open port beside it stays open."""
    hop, hook, verdict, code, facts = block
    shop.serve("acquirer", 8583, 443)
    shop.rule(hop, hook, f"tcp dport 8583 {verdict}")
    readings = look()
    assert [(cause.code, cause.subjects) for cause in causes(readings)] == [(code, (CARD,))]
    failing = next(each for each in readings if each.identity == (code, CARD))
    assert failing.facts.items() >= facts.items()
    assert failing.through == ("eth0", ROUTER, ACQUIRER, CARD)


def test_the_network_team_gets_a_line_to_act_on(shop: ShopNetwork, look: Look) -> None:
    """Source, destination, port, what was seen, and how far it went."""
    shop.serve("acquirer", 8583, 443)
    shop.rule("provider", "forward", "tcp dport 8583 drop")
    said = causes(look())[0].words["en"].prepare
    assert said.startswith("Please allow 10.8.0.2 > 10.8.3.2 TCP 8583, no answer since ")
    assert said.endswith("last hop answering: 10.8.1.2")


def test_healthy_ports_have_no_cause(shop: ShopNetwork, look: Look) -> None:
    """Every condition of both ports is seen to be fine; a tunnel is not asked for."""
    shop.serve("acquirer", 8583, 443)
    readings = look()
    assert causes(readings) == []
    outbound = [each for each in readings if each.subject in {CARD, f"{ACQUIRER}:443"}]
    assert Counter(each.status for each in outbound) == {
        Status.OK: 2 * (len(PATH) - 1),
        Status.UNKNOWN: 2,
    }


def test_ports_behind_a_dead_router_follow_from_it(shop: ShopNetwork, look: Look) -> None:
    """One cause, not one per port."""
    shop.ip("router", "address del 10.8.0.1/24 dev lan")
    shop.ip("terminal", "neigh flush all")
    try:
        found = causes(look())
    finally:
        shop.ip("router", "address add 10.8.0.1/24 dev lan")
    assert [(cause.code, cause.subjects) for cause in found] == [("network.gateway-silent", (ROUTER,))]
    assert ("firewall.port-dropped", CARD) in found[0].consequences


def test_ports_without_a_way_out_follow_from_the_missing_route(shop: ShopNetwork, look: Look) -> None:
    """connect() says so at once."""
    shop.ip("terminal", "route del default")
    try:
        found = causes(look())
    finally:
        shop.ip("terminal", "route add default via 10.8.0.1")
    assert [cause.code for cause in found] == ["network.no-default-route"]
    assert ("firewall.no-way", CARD) in found[0].consequences
