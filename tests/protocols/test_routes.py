"""Routing tables as the kernel prints them."""

from __future__ import annotations

import pytest

from protocols.routes import default_route, lookup, parse_ipv4, parse_ipv6

# Printed by kernel 6.18 in a network namespace with these routes; metrics added to the two default routes.
IPV4 = parse_ipv4(
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT  \n"
    "eth0\t00000000\t0100080A\t0003\t0\t0\t100\t00000000\t0\t0\t0  \n"
    "wwan0\t00000000\t00000000\t0001\t0\t0\t700\t00000000\t0\t0\t0  \n"
    "eth0\t0000080A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0  \n"
    "eth0\t0003080A\tFE00080A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0  \n"
    "*\t0000020A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0  \n"
    "*\t0000030A\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0  \n"
    "eth1\t0000040A\t00000000\t0000\t0\t0\t0\t0000FFFF\t0\t0\t0  \n"
)
IPV6 = parse_ipv6(
    "fd000000000000000000000000000000 40 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n"
    "fd770000000000000000000000000000 40 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000400 00000001 00000000 00200200       lo\n"
)


@pytest.mark.parametrize(
    ("address", "interface", "gateway"),
    [
        ("10.8.0.7", "eth0", ""),
        ("10.8.3.2", "eth0", "10.8.0.254"),
        ("198.51.100.1", "eth0", "10.8.0.1"),
        ("10.4.0.1", "eth0", "10.8.0.1"),  # its own route is not up
        ("127.0.0.53", "lo", ""),
        ("fd00::5", "eth0", ""),
        ("2001:db8::1", "eth0", "fd00::1"),
        ("::1", "lo", ""),
    ],
)
def test_the_longest_prefix_then_the_lowest_metric(address: str, interface: str, gateway: str) -> None:
    """As the kernel would."""
    route = lookup(tuple(reversed(IPV4 + IPV6)), address)
    assert route is not None
    assert (route.interface, route.gateway) == (interface, gateway)


@pytest.mark.parametrize("address", ["10.2.0.1", "10.3.0.1", "fd77::1"])
def test_a_blackhole_or_unreachable_route_leads_nowhere(address: str) -> None:
    """Though a default route would."""
    assert lookup(IPV4 + IPV6, address) is None


def test_without_a_route_there_is_no_way() -> None:
    """Loopback needs no table."""
    assert lookup((), "10.8.0.1") is None
    assert lookup((), "127.0.0.1") is not None
    assert lookup((), "::1") is not None
    assert default_route(()) is None


def test_the_default_route_is_the_cheapest() -> None:
    """Cable before mobile."""
    found = default_route(tuple(reversed(IPV4)))
    assert found is not None
    assert (found.interface, found.metric) == ("eth0", 100)


@pytest.mark.parametrize("text", ["", "\n\n", "eth0\tzz\t", "eth0 1 2 3 4 5 6", "\0" * 100])
def test_what_is_no_table_holds_no_route(text: str) -> None:
    """And raises nothing."""
    assert parse_ipv4(text) == ()
    assert parse_ipv6(text) == ()


def test_a_name_is_not_an_address() -> None:
    """The caller resolves names first."""
    with pytest.raises(ValueError, match="not an address"):
        lookup(IPV4, "acquirer.example")
