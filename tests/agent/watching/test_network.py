"""The kernel's news of the network through the real socket: a liar, and lost messages."""

from __future__ import annotations

import select
import socket
import subprocess
from collections.abc import Iterator

import pytest

from agent.watching.network import PROBES, NetworkSource
from tests.lab.shop_network import ShopNetwork
from tests.protocols.test_network_changes import ETH, UP, link


@pytest.fixture(scope="module")
def network() -> Iterator[ShopNetwork]:
    with ShopNetwork() as shop:
        yield shop


def told(source: NetworkSource, seconds: float = 5.0) -> tuple[str, ...]:
    select.select([source], [], [], seconds)
    return source.step(0.0)


def lied_to() -> tuple[str, ...]:
    source = NetworkSource((), "")
    source.open(0.0)
    source.step(0.0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as liar:
        assert source._socket is not None
        liar.sendto(link(ETH, "eth9", UP), (source._socket.getsockname()[0], 0))
    found = told(source)
    source.close()
    return found


def overrun() -> tuple[str, ...]:
    """More messages than the socket has room for."""
    source = NetworkSource((), "")
    source.open(0.0)
    lines = "".join(f"link add v{each} type veth peer name w{each}\n" for each in range(200))
    subprocess.run(["ip", "-batch", "-"], input=lines, text=True, check=True)
    found = told(source)
    source.close()
    return found


def test_a_liar_is_not_believed(network: ShopNetwork) -> None:
    """Root can send to our address, but not from the kernel's."""
    assert network.run("terminal", lied_to) == ()


def test_lost_messages_may_have_been_of_anything(network: ShopNetwork) -> None:
    """ENOBUFS: everything is read again, and the probes are run."""
    assert network.run("terminal", overrun) == PROBES
