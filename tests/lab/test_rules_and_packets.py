"""Random rulesets of the till: where it is certain what they do, packets do just that."""

from __future__ import annotations

import selectors
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, assume, given, settings
from msgspec.structs import replace

from protocols.nft.judgement import Judgement, judge
from protocols.nft.packet import Flow
from protocols.nft.ruleset import parse
from tests.lab.random_rules import PORTS, tables
from tests.lab.shop_network import ACQUIRER, TERMINAL, ShopNetwork


@pytest.fixture(scope="module")
def till(standing_shop: ShopNetwork) -> Iterator[ShopNetwork]:
    standing_shop.serve("acquirer", *PORTS)
    yield standing_shop
    standing_shop.stop_servers()
    standing_shop.flush_rules()


def nft(shop: ShopNetwork, *words: str, text: str = "") -> subprocess.CompletedProcess[bytes]:
    command = [*shop.within("terminal"), "nft", *words]
    return subprocess.run(command, input=text.encode(), capture_output=True, check=False)


def judgements(shop: ShopNetwork) -> list[Judgement]:
    """One for each port, by the rules as they are now."""
    found = parse(nft(shop, "-j", "list", "ruleset").stdout)
    ours = Flow(source=TERMINAL, destination=ACQUIRER, port=0, interface="eth0", uid=0, gid=0)
    return [judge(found, replace(ours, port=port)) for port in PORTS]


def all_that_open() -> list[bool]:
    """Those whose server, which hangs up at once, has seen the connection: its third packet has arrived."""
    sockets = [socket.socket() for _ in PORTS]
    for sock, port in zip(sockets, PORTS, strict=True):
        sock.setblocking(False)
        sock.connect_ex((ACQUIRER, port))
    until = time.monotonic() + 0.25
    ended: set[int] = set()
    with selectors.DefaultSelector() as selector:
        for sock in sockets:
            selector.register(sock, selectors.EVENT_READ, sock)
        while selector.get_map() and (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                selector.unregister(key.fileobj)
                if not key.data.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    ended.add(key.fd)
    found = [sock.fileno() in ended for sock in sockets]
    for sock in sockets:
        sock.close()
    return found


@given(tables)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_certain_is_what_packets_do(till: ShopNetwork, table: str) -> None:
    """Blocked or not; and where one rule alone is named, it is one whose counter has moved."""
    assume(nft(till, "-f", "-", text=table).returncode == 0)  # some conditions contradict each other
    judged = judgements(till)
    opened = till.run("terminal", all_that_open)
    for judgement, is_open, later in zip(judged, opened, judgements(till), strict=True):
        assert judgement.blocks in {None, not is_open}, judgement
        if judgement.blocks and len(judgement.blockers) == 1:
            assert later.blockers[0].packets in {None, *range(1, 1000)}
