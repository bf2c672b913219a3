"""Name servers that fail, deny, and lie, on both sides of the store's router."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from agent.running.probe_run import ProbeRun
from probes.network.probe import NetworkOptions
from tests.lab.network_look import HOST, causes, reading, serve_dns
from tests.lab.shop_network import ACQUIRER, PROVIDER, ROUTER, ShopNetwork
from tests.name_server import Behaviour, address, any_name, denial, reply
from vocabulary.reading import Status

Look = Callable[..., ProbeRun]
RIGHT = address("9.9.9.9")
BOTH = NetworkOptions(resolvers=(PROVIDER, ACQUIRER), lookup_name=HOST, resolver_timeout_seconds=1)
ONE = NetworkOptions(resolvers=(PROVIDER,), lookup_name=HOST, lookup_addresses=("9.9.0.0/16",))


def late(query: bytes) -> list[bytes]:
    time.sleep(0.4)
    return RIGHT(query)


def wrong_identity(query: bytes) -> list[bytes]:
    return [reply(query, identifier=b"\0\0")]


@pytest.mark.parametrize(
    ("behaviour", "code", "subject"),
    [
        (denial(2), "network.resolver-failing", PROVIDER),
        (denial(3), "network.name-unknown", PROVIDER),
        (denial(5), "network.resolver-refusing", PROVIDER),
        (wrong_identity, "network.resolver-garbled", PROVIDER),
        (any_name(ROUTER), "network.resolver-inventing", PROVIDER),  # what it says of the name follows
        (address(ROUTER), "network.resolver-lying", PROVIDER),
        (address("127.0.0.1"), "network.resolver-lying", PROVIDER),
        (address("192.168.1.9"), "network.resolver-lying", PROVIDER),
        (address("8.8.4.4"), "network.answers-differ", HOST),
    ],
)
def test_one_of_two_name_servers_is_the_one_cause(
    shop: ShopNetwork, look: Look, behaviour: Behaviour, code: str, subject: str
) -> None:
    """Each way of being wrong by its own name; the other one is not blamed."""
    serve_dns(shop, "provider", behaviour)
    serve_dns(shop, "acquirer", RIGHT)
    assert causes(look(BOTH)) == [(code, (subject,))]


@pytest.mark.parametrize("behaviour", [RIGHT, late, denial(0)])
def test_what_is_no_fault(shop: ShopNetwork, look: Look, behaviour: Behaviour) -> None:
    """A slow first one that answers; one that knows no address of this kind."""
    serve_dns(shop, "provider", behaviour)
    serve_dns(shop, "acquirer", RIGHT)
    assert causes(look(BOTH)) == []


def test_a_lie_says_what_it_leads_to(shop: ShopNetwork, look: Look) -> None:
    """And what the others say."""
    serve_dns(shop, "provider", address(ROUTER))
    serve_dns(shop, "acquirer", RIGHT)
    facts = reading(look(BOTH), "network.resolver-lying").facts
    assert facts == {"name": HOST, "address": ROUTER, "why": "the store's own router", "elsewhere": "9.9.9.9"}


@pytest.mark.parametrize(("told", "found"), [("9.9.9.9", []), ("8.8.4.4", ["network.resolver-lying"])])
def test_a_name_server_alone_is_held_against_the_settings(
    shop: ShopNetwork, look: Look, told: str, found: list[str]
) -> None:
    serve_dns(shop, "provider", address(told))
    assert [code for code, _ in causes(look(ONE))] == found


def test_an_address_within_is_no_lie_where_nobody_says_otherwise(shop: ShopNetwork, look: Look) -> None:
    """A closed network's acquirer has one."""
    for hop in ("provider", "acquirer"):
        serve_dns(shop, hop, address("10.8.3.2"))
    run = look(BOTH)
    assert causes(run) == []
    assert {each.status for each in run.readings if each.code == "network.resolver-lying"} == {Status.OK}


def test_two_private_addresses_are_no_lie_but_at_odds(shop: ShopNetwork, look: Look) -> None:
    """Neither is out in the world, so neither is held against the other."""
    serve_dns(shop, "provider", address("192.168.1.9"))
    serve_dns(shop, "acquirer", address("10.8.3.2"))
    assert causes(look(BOTH)) == [("network.answers-differ", (HOST,))]


def test_two_name_servers_wrong_in_two_ways_are_two_causes(shop: ShopNetwork, look: Look) -> None:
    """And no third."""
    serve_dns(shop, "provider", denial(2))
    serve_dns(shop, "acquirer", denial(3))
    found = {("network.resolver-failing", (PROVIDER,)), ("network.name-unknown", (ACQUIRER,))}
    assert set(causes(look(BOTH))) == found
