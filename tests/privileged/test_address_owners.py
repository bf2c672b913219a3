"""The service with the right to send ARP says who else has the till's address, and nothing else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.address_owners import address_owners
from tests.lab.shop_network import ROUTER, TERMINAL, ShopNetwork


@pytest.fixture(scope="module")
def shop() -> Iterator[ShopNetwork]:
    with ShopNetwork() as network:
        yield network


@pytest.fixture
def service(shop: ShopNetwork, till_folder: Path) -> Iterator[str]:
    with address_owners(till_folder, shop.within("terminal")) as path:
        yield path


def ask(shop: ShopNetwork, path: str, question: str) -> str:
    def work() -> str:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(path)
            connection.sendall(question.encode())
            connection.shutdown(socket.SHUT_WR)
            return connection.makefile().read()

    return shop.run("terminal", work)


@pytest.fixture
def twin(shop: ShopNetwork) -> Iterator[str]:
    """A machine with the till's address; its hardware address."""
    shop.join("guest", f"{TERMINAL}/24")
    try:
        yield shop.run("guest", lambda: Path("/sys/class/net/eth0/address").read_text().strip())
    finally:
        shop.leave("guest")


def test_an_address_of_our_own_is_free(shop: ShopNetwork, service: str) -> None:
    """With the right to send ARP and no other."""
    assert ask(shop, service, f"who eth0 {TERMINAL}\n") == "free\n"


def test_who_else_has_it_is_named(shop: ShopNetwork, service: str, twin: str) -> None:
    assert ask(shop, service, f"who eth0 {TERMINAL}\n") == f"taken {twin}\n"


def test_a_second_card_of_the_till_is_no_twin(shop: ShopNetwork, service: str) -> None:
    """On the same switch Linux answers there for all its addresses (ip-sysctl, arp_ignore)."""
    shop.ip("terminal", f"link add eth1 type veth peer name till2 netns {shop.within('switch')[-1]}")
    try:
        shop.ip("terminal", "link set eth1 up")
        shop.ip("switch", "link set till2 master bridge up")
        assert ask(shop, service, f"who eth0 {TERMINAL}\n") == "free\n"
    finally:
        shop.ip("terminal", "link del eth1")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (f"who eth0 {ROUTER}\n", "unknown this machine does not have the address\n"),
        (f"who lo {TERMINAL}\n", "unknown this machine does not have the address\n"),
        ("who lo 127.0.0.1\n", "unknown this is no Ethernet\n"),
        ("who eth0 10.8.0.2 10.8.0.3\n", "what\n"),
        ("who eth0 999.8.0.2\n", "unknown this machine does not have the address\n"),
        ("who eth0\n", "what\n"),
        ("x" * 64, "what\n"),
        ("", "what\n"),
    ],
)
def test_of_nobody_else_does_it_speak(shop: ShopNetwork, service: str, question: str, answer: str) -> None:
    """Nobody learns through it who is on the network."""
    assert ask(shop, service, question) == answer


def test_without_the_right_it_says_so(shop: ShopNetwork, till_folder: Path) -> None:
    nothing = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs")
    with address_owners(till_folder, shop.within("terminal"), nothing) as path:
        assert ask(shop, path, f"who eth0 {TERMINAL}\n") == "unknown Operation not permitted\n"
