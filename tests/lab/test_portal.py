"""A login page between the till and the world."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import msgspec
import pytest

from agent.running.probe_run import ProbeRun
from probes.network.probe import NetworkOptions
from tests.lab.network_look import HOST, UP_FRONT, causes, reading, serve_dns, serve_page
from tests.lab.shop_network import ACQUIRER, ROUTER, ShopNetwork
from tests.name_server import any_name
from tests.spoken_lines import Pieces, say
from vocabulary.reading import Status

Look = Callable[..., ProbeRun]
PORTAL = "network.captive-portal"
OPTIONS = NetworkOptions(
    resolvers=(UP_FRONT,), portal_check=f"http://{ACQUIRER}/generate_204", gateway_timeout_seconds=1.8
)
NOTHING = say(b"HTTP/1.1 204 No Content\r\n\r\n")
REDIRECT = say(b"HTTP/1.1 302 Found\r\nLocation: http://login.guest.example/?mac=02\r\n\r\n")
PAGE = say(b"HTTP/1.1 200 OK\r\n\r\n<html>Please log in</html>")


def put_in_the_way(shop: ShopNetwork, pieces: Pieces) -> None:
    """As hotspots do it: whatever goes to port 80 ends at the router."""
    serve_page(shop, "router", 8080, pieces)
    rules = "table ip portal {\nchain portal {\ntype nat hook prerouting priority -100\n"
    rules += "tcp dport 80 redirect to :8080\n}\n}\n"
    subprocess.run([*shop.within("router"), "nft", "-f", "-"], input=rules, text=True, check=True)


def test_without_a_portal_the_check_is_ok(shop: ShopNetwork, look: Look) -> None:
    serve_page(shop, "acquirer", 80, NOTHING)
    run = look(OPTIONS)
    assert (causes(run), reading(run, PORTAL).status) == ([], Status.OK)


@pytest.mark.parametrize(
    ("pieces", "portal", "seen"),
    [
        (REDIRECT, "login.guest.example", "a redirect"),
        (PAGE, ACQUIRER, "another page"),
        (say(b"HTTP/1.1 511 Network Authentication Required\r\n\r\n"), ACQUIRER, "a request to log in"),
        (say(b"HTTP/1.0 200 OK\r\n\r\n", b"x" * 200_000), ACQUIRER, "another page"),
    ],
)
def test_a_portal_is_the_one_cause(
    shop: ShopNetwork, look: Look, pieces: Pieces, portal: str, seen: str
) -> None:
    """Whose page it is is said, and no redirect is followed."""
    put_in_the_way(shop, pieces)
    run = look(OPTIONS)
    facts = reading(run, PORTAL).facts
    assert causes(run) == [(PORTAL, ("eth0",))]
    assert (facts["portal"], facts["seen"]) == (portal, seen)


def test_names_that_a_portal_makes_up_follow_from_it(shop: ShopNetwork, look: Look) -> None:
    """Its name server gives its own address for everything, the check's host included."""
    serve_dns(shop, "router", any_name(ROUTER))
    serve_page(shop, "router", 80, REDIRECT)
    named = msgspec.structs.replace(
        OPTIONS, resolvers=(ROUTER,), lookup_name=HOST, portal_check="http://check.example/"
    )
    run = look(named)
    assert causes(run) == [(PORTAL, ("eth0",))]
    assert reading(run, "network.resolver-inventing").status is Status.FAILING


@pytest.mark.parametrize(("said", "status"), [(b"all is well", "ok"), (b"log in", "failing")])
def test_a_page_can_be_known_by_its_text(shop: ShopNetwork, look: Look, said: bytes, status: str) -> None:
    serve_page(shop, "acquirer", 80, say(b"HTTP/1.1 200 OK\r\n\r\n<p>" + said))
    expecting = msgspec.structs.replace(OPTIONS, portal_expect="all is well")
    assert reading(look(expecting), PORTAL).status == status


@pytest.mark.parametrize(
    ("pieces", "because"),
    [
        (say(b"HTTP/1.1 503 Busy\r\n\r\n"), "the portal check's own server fails"),
        (say(b"SSH-2.0-x\r\n"), "what answered is no HTTP"),
        (None, "the portal check got no answer"),
    ],
)
def test_a_check_that_fails_by_itself_tells_nothing(
    shop: ShopNetwork, look: Look, pieces: Pieces | None, because: str
) -> None:
    """No one is blamed for it."""
    if pieces:
        serve_page(shop, "acquirer", 80, pieces)
    run = look(OPTIONS)
    assert (causes(run), reading(run, PORTAL).because) == ([], because)


def test_behind_a_pulled_cable_no_portal_is_looked_for(shop: ShopNetwork, look: Look) -> None:
    """Two faults in a row are one cause: the lower one."""
    put_in_the_way(shop, REDIRECT)
    shop.ip("switch", "link set till down")
    try:
        run = look(OPTIONS)
    finally:
        shop.ip("switch", "link set till up")
    assert causes(run) == [("network.no-carrier", ("eth0",))]
    assert reading(run, PORTAL).because == "network.no-carrier"
