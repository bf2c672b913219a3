"""The service with CAP_NET_ADMIN alone lists the rules of whoever asks, and nothing else."""

from __future__ import annotations

import json
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from protocols.nft.answer import told
from tests.lab.shop_network import ShopNetwork
from tests.ruleset_service import ruleset_service


@pytest.fixture(scope="module")
def shop() -> Iterator[ShopNetwork]:
    with ShopNetwork() as network:
        network.rule("terminal", "output", "tcp dport 9 counter drop")
        yield network


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="poshealth-test-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@pytest.fixture
def service(shop: ShopNetwork, folder: Path) -> Iterator[str]:
    with ruleset_service(folder, shop.within("terminal")) as path:
        yield path


def ask(path: str, *questions: bytes) -> list[dict[str, Any]]:
    """Its answers on one connection, until it hangs up."""
    with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rb") as answers:
        connection.settimeout(10)
        connection.connect(path)
        found = []
        for question in questions:
            connection.sendall(question)
            found.append(json.loads(answers.readline()))
        connection.shutdown(socket.SHUT_WR)
        assert answers.read() == b""
        return found


def test_it_lists_the_rules_with_no_other_right(shop: ShopNetwork, service: str) -> None:
    """The same as nft tells root, though the service runs as nobody."""
    (answer,) = shop.run("terminal", lambda: ask(service, b"list\n"))
    command = [*shop.within("terminal"), "nft", "-j", "list", "ruleset"]

    assert answer["nft"] == json.loads(subprocess.check_output(command))


def test_without_its_right_it_says_why(shop: ShopNetwork, folder: Path) -> None:
    """Never "no rules"."""
    rights = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all")
    with ruleset_service(folder, shop.within("terminal"), rights) as path:
        (answer,) = shop.run("terminal", lambda: ask(path, b"list\n"))

    assert answer == {"unknown": "the asker's network namespace cannot be seen: Operation not permitted"}


def test_each_question_is_a_new_look(shop: ShopNetwork, service: str) -> None:
    """Counters are read again after a knock."""

    def knock() -> list[int]:
        with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rb") as answers:
            connection.settimeout(10)
            connection.connect(service)
            counts = []
            for _ in range(2):
                connection.sendall(b"list\n")
                chain = told(answers.readline()).ruleset.hooked("output")[0]
                counts.append(chain.rules[0].statements[1]["counter"]["packets"])
                with socket.socket() as probe:
                    probe.setblocking(False)
                    probe.connect_ex(("10.8.3.2", 9))
            return counts

    before, after = shop.run("terminal", knock)
    assert after == before + 1


def test_in_another_network_than_the_askers_it_does_not_tell(shop: ShopNetwork, service: str) -> None:
    """A network namespace of its own has no rules: that would be told as "nothing blocks here"."""
    (answer,) = shop.run("router", lambda: ask(service, b"list\n"))

    assert answer == {"unknown": "the service is not in the asker's network namespace"}


def test_tables_of_legacy_iptables_are_named(shop: ShopNetwork, service: str) -> None:
    """Nft does not list them."""
    legacy = [*shop.within("terminal"), "iptables-legacy", "-A", "OUTPUT", "-p", "tcp", "-j", "ACCEPT"]
    (before,) = shop.run("terminal", lambda: ask(service, b"list\n"))
    subprocess.run(legacy, check=True)
    (after,) = shop.run("terminal", lambda: ask(service, b"list\n"))

    assert (before["legacy"], after["legacy"]) == ([], ["ip filter"])


def test_tables_it_may_not_see_are_not_denied(shop: ShopNetwork, folder: Path) -> None:
    """Without root's group it is not known whether there are any."""
    rights = (
        *("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"),
        *("--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin", "--bounding-set=-all,+net_admin"),
    )
    with ruleset_service(folder, shop.within("terminal"), rights) as path:
        (answer,) = shop.run("terminal", lambda: ask(path, b"list\n"))

    assert answer["legacy"] is None


@pytest.mark.parametrize(
    "nonsense", [b"\n", b"flush\n", b"list ruleset\n", b"add table x\n", 100 * b"x", b"list;rm -rf /\n"]
)
def test_anything_else_ends_the_connection(nonsense: bytes, shop: ShopNetwork, service: str) -> None:
    """Nothing can be asked of it but the one thing."""

    def answers() -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(service)
            connection.sendall(nonsense)
            return connection.makefile("rb").readline()

    assert json.loads(shop.run("terminal", answers)) == {"unknown": "what"}


def test_without_nft_it_says_what_to_install(shop: ShopNetwork, folder: Path) -> None:
    """And no rules are made up."""
    rights = ("env", f"PATH={folder}")
    with ruleset_service(folder, shop.within("terminal"), rights) as path:
        (answer,) = shop.run("terminal", lambda: ask(path, b"list\n"))

    assert answer == {"unknown": "nft is not installed: apt-get install nftables"}


def test_an_nft_that_fails_is_no_ruleset(shop: ShopNetwork, folder: Path) -> None:
    """What it printed until then is not told either."""
    (folder / "nft").symlink_to("/bin/false")
    with ruleset_service(folder, shop.within("terminal"), ("env", f"PATH={folder}")) as path:
        (answer,) = shop.run("terminal", lambda: ask(path, b"list\n"))

    assert answer == {"unknown": "nft: "}
