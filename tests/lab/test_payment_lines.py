"""Payment lines behind real firewalls, dead routers and missing routes: one cause each."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from agent.diagnosis import diagnose
from agent.running.probe_run import ProbeRun
from probes.firewall_ports.probe import PROBE as FIREWALL
from probes.firewall_ports.probe import FirewallOptions, Outbound
from probes.memory import Memory
from probes.network.probe import PROBE as NETWORK
from probes.network.probe import NetworkOptions
from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.payment_lines.probe import PROBE
from probes.till import Till
from tests.lab.shop_network import ACQUIRER, PROVIDER, ROUTER, TERMINAL, ShopNetwork
from vocabulary.condition import Capability
from vocabulary.reading import Reading
from vocabulary.report import Cause, Known

RunProbe = Callable[..., ProbeRun]
Look = Callable[..., tuple[Reading, ...]]
CONDITIONS = {each.code: each for probe in (NETWORK, FIREWALL, PROBE) for each in probe.conditions}
LINES = PaymentLinesOptions(
    lines=tuple(
        Line(name=name, host=ACQUIRER, port=port, tls=False, connect_timeout_seconds=1.4, tries=1)
        for name, port in (("card/primary", 8583), ("card/backup", 8584))
    )
)
PORTS = FirewallOptions(
    outbound=tuple(Outbound(host=ACQUIRER, port=port, purpose="Cards") for port in (8583, 8584)),
    timeout_seconds=1.4,
)
NO_PORTS = FirewallOptions()
NO_NAMES = NetworkOptions(resolvers=("127.0.0.1:1",), gateway_timeout_seconds=1.8)
BY_TUNNEL = replace(LINES, lines=tuple(replace(line, vpn="tun0") for line in LINES.lines))
PROHIBITED = "reject with icmpx admin-prohibited"
BLOCKS = [  # where, hook, verdict; who blocks it; the line's own condition, and who is named
    ("router", "forward", "drop", "firewall.port-dropped", "dropped", "this till"),
    ("router", "forward", "reject", "firewall.port-rejected", "rejected", ROUTER),
    (
        "provider",
        "forward",
        "reject with icmpx admin-prohibited",
        "firewall.port-rejected",
        "rejected",
        PROVIDER,
    ),
    ("provider", "forward", "reject with tcp reset", "firewall.reset-on-the-way", "refused", "this till"),
    ("terminal", "output", "drop", "firewall.blocked-here", "rejected", "this till"),
    ("terminal", "output", "reject", "firewall.blocked-here", "rejected", "this till"),
]
Block = tuple[str, str, str, str, str, str]
NAMES = ("card/primary", "card/backup")


@pytest.fixture
def look(shop: ShopNetwork, run_probe: RunProbe) -> Look:
    """The three network probes, in the terminal."""

    def look(
        ports: FirewallOptions = NO_PORTS,
        lines: PaymentLinesOptions = LINES,
        network: NetworkOptions = NO_NAMES,
    ) -> tuple[Reading, ...]:
        def work() -> tuple[ProbeRun, ...]:
            return run_probe(NETWORK, network), run_probe(FIREWALL, ports), run_probe(PROBE, lines)

        runs = shop.run("terminal", work)
        assert all(run.complete for run in runs), runs
        return tuple(reading for run in runs for reading in run.readings)

    return look


def causes(readings: tuple[Reading, ...]) -> list[Cause]:
    """Without the name server at whose port no one listens."""
    known = tuple(Known(reading=each, since=0.0) for each in readings)
    return [each for each in diagnose(known, CONDITIONS).causes if each.subjects != ("127.0.0.1:1",)]


def test_two_lines_that_carry(shop: ShopNetwork, look: Look) -> None:
    """Reached by way of interface and router, which are named for the rungs below, or the port."""
    shop.serve("acquirer", 8583, 8584)
    readings = look(PORTS)

    assert causes(readings) == []
    refused = next(each for each in readings if each.identity == ("payment-line.refused", "card/primary"))
    assert refused.through == (f"{ACQUIRER}:8583", "card/primary")


def test_a_payment_host_sees_one_connection_at_a_time(shop: ShopNetwork) -> None:
    """Also while the way to it is learnt, and while another of its ports fails beside it."""
    shop.serve("acquirer", 8584)
    shop.rule("provider", "forward", "tcp dport 8583 drop")

    assert shop.run("terminal", most_at_once)[8584] == 1


def most_at_once(lines: PaymentLinesOptions = LINES) -> dict[int, int]:
    """By port: how many sockets of one round were on their way there, or there, at the same time."""
    os.setgid(65534)
    os.setuid(65534)
    till = CountingTill()
    assert list(PROBE.read(lines, till, Memory()))
    return till.most


class CountedSocket(socket.socket):
    """`till` is told of every connection's begin and end."""

    till: CountingTill
    port = 0

    def connect_ex(self, address: Any) -> int:
        self.port = address[1]
        self.till.note(self.port, 1)
        return super().connect_ex(address)

    def close(self) -> None:
        if self.fileno() >= 0 and self.port:
            self.till.note(self.port, -1)
        super().close()


class CountingTill(Till):
    def __init__(self) -> None:
        super().__init__()
        self.now: Counter[int] = Counter()
        self.most: dict[int, int] = {}

    def note(self, port: int, change: int) -> None:
        self.now[port] += change
        self.most[port] = max(self.most.get(port, 0), self.now[port])

    def socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        made = CountedSocket(family, kind, protocol)
        made.till = self
        made.setblocking(False)
        return made


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: " ".join(block[:3]))
def test_a_blocked_primary_is_one_cause_without_loss(shop: ShopNetwork, look: Look, block: Block) -> None:
    """Who blocks the way is the cause, and what the line itself says of it follows."""
    hop, hook, verdict, code, own, seen_by = block
    shop.serve("acquirer", 8583, 8584)
    shop.rule(hop, hook, f"tcp dport 8583 {verdict}")
    readings = look()

    (cause,) = causes(readings)
    assert (cause.code, cause.subjects, cause.stops) == (code, ("card/primary",), ())
    failing = next(each for each in readings if each.identity == (f"payment-line.{own}", "card/primary"))
    assert failing.identity in cause.consequences
    assert (failing.facts["seen_by"], failing.facts["source"]) == (seen_by, TERMINAL)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: " ".join(block[:3]))
def test_a_port_the_firewall_probe_knows_is_the_cause(shop: ShopNetwork, look: Look, block: Block) -> None:
    """The same block seen by both probes is one cause, and it takes over what the lines lose."""
    hop, hook, verdict, code, _, _ = block
    shop.serve("acquirer", 8583, 8584)
    shop.rule(hop, hook, f"tcp dport {{ 8583, 8584 }} {verdict}")

    (cause,) = causes(look(PORTS))
    assert (cause.code, set(cause.subjects)) == (
        code,
        {f"{ACQUIRER}:8583", f"{ACQUIRER}:8584", "card/primary", "card/backup"},
    )
    assert cause.stops == (Capability.CARD_PAYMENTS, Capability.SETTLEMENT)


@pytest.mark.parametrize(
    "fault",
    [
        ("router", "address del 10.8.0.1/24 dev lan", "address add 10.8.0.1/24 dev lan", "gateway-silent"),
        ("terminal", "route del default", "route add default via 10.8.0.1", "no-default-route"),
    ],
    ids=lambda fault: fault[3],
)
@pytest.mark.parametrize("ports", [NO_PORTS, PORTS], ids=["lines alone", "with the firewall probe"])
def test_lines_follow_from_what_lies_below(
    shop: ShopNetwork, look: Look, fault: tuple[str, str, str, str], ports: FirewallOptions
) -> None:
    """A dead router or a missing route is the one cause, and cards are what it stops."""
    hop, undo, redo, code = fault
    shop.ip(hop, undo)
    if hop == "router":
        shop.ip("terminal", "neigh flush all")
    try:
        found = causes(look(ports))
    finally:
        shop.ip(hop, redo)

    assert [cause.code for cause in found] == [f"network.{code}"]
    assert found[0].stops == (Capability.CARD_PAYMENTS, Capability.SETTLEMENT)


def test_lines_meant_for_a_tunnel_that_is_gone_follow_from_it(shop: ShopNetwork, look: Look) -> None:
    """Though the host would answer on the way that is left; cards are what it stops."""
    shop.serve("acquirer", 8583, 8584)
    (cause,) = causes(look(lines=BY_TUNNEL, network=replace(NO_NAMES, vpn_interface="tun0")))

    assert (cause.code, cause.subjects) == ("network.vpn-down", ("tun0",))
    assert cause.stops == (Capability.CARD_PAYMENTS, Capability.SETTLEMENT)


def test_without_the_tunnel_in_the_networks_settings_the_lines_say_so(shop: ShopNetwork, look: Look) -> None:
    """Nobody else looks at it."""
    shop.serve("acquirer", 8583, 8584)
    (cause,) = causes(look(lines=BY_TUNNEL))

    assert (cause.code, cause.subjects) == ("path.past-the-tunnel", NAMES)


def test_nothing_goes_past_the_tunnel_it_is_meant_for(shop: ShopNetwork) -> None:
    """A stranger could have the host's address."""
    shop.serve("acquirer", 8583, 8584)

    assert shop.run("terminal", lambda: most_at_once(BY_TUNNEL)) == {}
