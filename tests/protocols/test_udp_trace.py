"""Datagrams towards a host without an open port; the hops between are in tests/lab."""

from __future__ import annotations

import time

import pytest

from protocols.path_trace import Hop
from protocols.tcp_sweep import Outcome
from protocols.udp_trace import UdpTrace


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_closed_port_is_an_arrival(address: str) -> None:
    """The host says "port unreachable" at the first distance, and nothing is waited for."""
    begun = time.monotonic()
    with UdpTrace(address) as datagrams:
        assert datagrams.hops(begun + 5) == (Hop(1, Outcome.OPEN),)
    assert time.monotonic() - begun < 1


def test_no_way_at_all_is_silence() -> None:
    """The kernel does not let a datagram go to everybody."""
    with UdpTrace("255.255.255.255", max_hops=2) as datagrams:
        hops = datagrams.hops(time.monotonic() + 5)
    assert [hop.outcome for hop in hops] == [Outcome.DROPPED] * 2
