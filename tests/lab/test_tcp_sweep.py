"""What a firewall does to a connection, and what is seen of it from the till."""

from __future__ import annotations

import time

import pytest

from protocols.path_trace import Hop, last_hop, trace
from protocols.tcp_sweep import Outcome, Result, Target, sweep
from tests.lab.shop_network import ACQUIRER, CORE, PROVIDER, ROUTER, TERMINAL, ShopNetwork

PORT = 8583
TARGET = Target(ACQUIRER, PORT)

Block = tuple[str, str, str, Outcome, tuple[str, int, int] | None]
BLOCKS: list[Block] = [  # where, hook, verdict; outcome; offender, ICMP type and code
    ("router", "forward", "drop", Outcome.DROPPED, None),
    ("provider", "forward", "drop", Outcome.DROPPED, None),
    ("acquirer", "input", "drop", Outcome.DROPPED, None),
    ("router", "forward", "reject", Outcome.REJECTED, (ROUTER, 3, 3)),
    ("router", "forward", "reject with icmpx admin-prohibited", Outcome.REJECTED, (ROUTER, 3, 13)),
    ("provider", "forward", "reject with icmpx admin-prohibited", Outcome.REJECTED, (PROVIDER, 3, 13)),
    ("provider", "forward", "reject with icmpx host-unreachable", Outcome.UNREACHABLE, (PROVIDER, 3, 1)),
    ("provider", "forward", "reject with tcp reset", Outcome.REFUSED, None),
    ("acquirer", "input", "reject with tcp reset", Outcome.REFUSED, None),
    ("terminal", "output", "drop", Outcome.BLOCKED_HERE, None),
    ("terminal", "output", "reject", Outcome.BLOCKED_HERE, (TERMINAL, 3, 3)),
    ("terminal", "output", "reject with icmpx admin-prohibited", Outcome.BLOCKED_HERE, (TERMINAL, 3, 13)),
    ("terminal", "output", "reject with tcp reset", Outcome.REFUSED, None),
]


def one(shop: ShopNetwork, target: Target = TARGET, timeout_seconds: float = 1.4) -> Result:
    return shop.run("terminal", lambda: sweep([target], timeout_seconds))[0]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: " ".join(block[:3]))
def test_each_block_is_told_apart(shop: ShopNetwork, block: Block) -> None:
    """Who blocks, and how, is read off one connection attempt."""
    hop, hook, verdict, outcome, complaint = block
    shop.serve("acquirer", PORT)
    shop.rule(hop, hook, f"tcp dport {PORT} {verdict}")
    result = one(shop)
    assert result.outcome is outcome, result
    said = result.complaint
    assert complaint == (said and (said.offender, said.type, said.code))


def test_an_open_port_is_open_with_our_own_address(shop: ShopNetwork) -> None:
    """Source and outcome, with nothing in the way."""
    shop.serve("acquirer", PORT)
    result = one(shop)
    assert (result.outcome, result.source, result.repeated) == (Outcome.OPEN, TERMINAL, False)


def test_one_lost_packet_is_not_a_block(shop: ShopNetwork) -> None:
    """The second SYN gets through: open, and said to have been repeated."""
    shop.serve("acquirer", PORT)
    first_only = f"tcp dport {PORT} tcp flags syn limit rate over 1/hour burst 1 packets accept"
    shop.rule("router", "forward", first_only, f"tcp dport {PORT} tcp flags syn drop")
    result = one(shop, timeout_seconds=3.0)
    assert (result.outcome, result.repeated) == (Outcome.OPEN, True)


@pytest.mark.parametrize(
    ("route", "outcome"),
    [
        ("unreachable", Outcome.BLOCKED_HERE),
        ("prohibit", Outcome.BLOCKED_HERE),
        ("blackhole", Outcome.BLOCKED_HERE),
    ],
)
def test_a_forbidding_route_is_this_machine(shop: ShopNetwork, route: str, outcome: Outcome) -> None:
    """connect() itself says no: nobody else is to blame."""
    shop.ip("terminal", f"route add {route} 10.8.9.0/24")
    try:
        assert one(shop, Target("10.8.9.1", PORT)).outcome is outcome
    finally:
        shop.ip("terminal", f"route del {route} 10.8.9.0/24")


def test_a_provider_without_a_route_names_itself(shop: ShopNetwork) -> None:
    """3/0 from a hop: the line leads nowhere, which is no firewall."""
    result = one(shop, Target("10.9.9.9", PORT))
    assert result.outcome is Outcome.UNREACHABLE
    assert result.complaint is not None
    assert result.complaint.offender == PROVIDER


def test_ipv6_loopback(shop: ShopNetwork) -> None:
    """A closed port refuses there too."""
    assert one(shop, Target("::1", 1)).outcome is Outcome.REFUSED


def test_no_default_route_is_no_route(shop: ShopNetwork) -> None:
    """ENETUNREACH at once."""
    shop.ip("terminal", "route del default")
    try:
        assert one(shop).outcome is Outcome.NO_ROUTE
    finally:
        shop.ip("terminal", "route add default via 10.8.0.1")


def test_a_dead_neighbour_is_unreachable_from_our_own_address(shop: ShopNetwork) -> None:
    """ARP fails after three seconds: host unreachable, sent by ourselves, is no local block."""
    result = one(shop, Target("10.8.0.77", PORT), timeout_seconds=4.5)
    assert result.outcome is Outcome.UNREACHABLE
    assert result.complaint is not None
    assert result.complaint.offender == TERMINAL


def test_ten_black_holes_cost_one_timeout(shop: ShopNetwork) -> None:
    """All wait at the same time."""
    shop.rule("router", "forward", "tcp dport 9000-9009 drop")

    def timed() -> tuple[float, list[Result]]:
        started = time.monotonic()
        found = sweep([Target(ACQUIRER, 9000 + port) for port in range(10)], 1.5)
        return time.monotonic() - started, found

    seconds, found = shop.run("terminal", timed)
    assert {result.outcome for result in found} == {Outcome.DROPPED}
    assert 1.5 <= seconds < 1.65


def test_a_trace_names_every_hop(shop: ShopNetwork) -> None:
    """Each router answers for itself, the target opens; nothing is waited for then."""
    shop.serve("acquirer", PORT)
    shop.rule("acquirer", "input", f"tcp dport {PORT} ip ttl > 6 drop")  # the far tries get no answer
    started = time.monotonic()
    hops = shop.run("terminal", lambda: trace([TARGET], 5.0))[0]
    assert time.monotonic() - started < 2.5
    passed = [(1, ROUTER), (2, PROVIDER), (3, CORE)]
    expired = [Hop(distance, Outcome.EXPIRED, address) for distance, address in passed]
    assert list(hops) == [*expired, Hop(4, Outcome.OPEN)]


@pytest.mark.parametrize(
    ("hop", "last"), [("router", ROUTER), ("provider", PROVIDER), ("core", CORE), ("acquirer", CORE)]
)
def test_the_last_hop_before_a_drop(shop: ShopNetwork, hop: str, last: str) -> None:
    """A filter in the forward chain still answers for itself; at the target's door it is the hop before."""
    shop.serve("acquirer", 443, PORT)
    shop.rule(hop, "input" if hop == "acquirer" else "forward", f"tcp dport {PORT} drop")
    reference, blocked = shop.run("terminal", lambda: trace([Target(ACQUIRER, 443), TARGET]))
    assert last_hop(blocked, reference) == last
