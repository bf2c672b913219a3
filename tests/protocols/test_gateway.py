"""Signs of life of a gateway; real ones die in tests/lab."""

from __future__ import annotations

import pytest

from protocols.gateway import Sighting, ask, is_neighbour, watch_neighbour

# /proc/net/arp of kernel 6.18: flags 0x2 is complete, 0x0 asked for in vain
TABLE = (
    "IP address       HW type     Flags       HW address            Mask     Device\n"
    "10.8.0.1         0x1         0x2         f6:cc:5c:d3:0d:5f     *        eth0\n"
    "10.8.0.9         0x1         0x0         00:00:00:00:00:00     *        eth0\n"
)


@pytest.mark.parametrize(
    ("address", "known"), [("10.8.0.1", True), ("10.8.0.9", False), ("10.8.0.10", False)]
)
def test_a_neighbour_is_known_by_its_hardware_address(address: str, known: bool) -> None:
    """An entry without one is a question nobody answered."""
    assert is_neighbour(TABLE, address) is known


def test_a_refusal_is_a_sign_of_life() -> None:
    """Port 9 is closed on loopback, as on a router."""
    assert ask("127.0.0.1").seen_by in {"a TCP answer", "ping"}


def test_a_neighbour_that_fades_is_not_alive() -> None:
    """The kernel gives the entry up while we watch."""
    tables = iter([TABLE, TABLE, TABLE.replace("0x2", "0x0")])
    assert not watch_neighbour(Sighting("TCP"), lambda: is_neighbour(next(tables), "10.8.0.1"), 5.0).alive


def test_a_neighbour_that_stays_is_alive() -> None:
    """For as long as the kernel needs to be sure."""
    seen = watch_neighbour(Sighting("TCP"), lambda: is_neighbour(TABLE, "10.8.0.1"), 0.1)
    assert seen == Sighting("TCP", "the neighbour table")
