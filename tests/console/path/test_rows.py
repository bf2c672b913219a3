"""The ladder in words, from hops and readings as they come."""

from __future__ import annotations

import pytest

from agent.own_conditions import ALL_CONDITIONS
from console.path.destination import Destination
from console.path.look import Named, Sight
from console.path.rows import Mark, rows
from probes.network.conditions import (
    GATEWAY_SILENT,
    NO_ADDRESS,
    NO_DEFAULT_ROUTE,
    RESOLVER_REFUSING,
    RESOLVER_SILENT,
)
from probes.network.link_conditions import INTERFACE_DOWN, NO_CARRIER, WIFI_LOST
from probes.payment_lines.conditions import TLS_EXPIRED, TLS_UNKNOWN_ISSUER
from probes.payment_lines.options import Line
from protocols.path_trace import Hop
from protocols.tcp_sweep import Outcome
from vocabulary.reading import Reading, Reason

PORT_DROPPED = ALL_CONDITIONS["firewall.port-dropped"]
PORT_REFUSED = ALL_CONDITIONS["firewall.port-refused"]

PORT = "10.8.3.2:8583"
WANTED = Destination(host="10.8.3.2", port=8583, reference=443)
WITH_TLS = Destination(host="10.8.3.2", port=8583, line=Line(name=PORT, host="10.8.3.2", port=8583, tls=True))
WAY = ("eth0", "10.8.0.1")
WELL = (
    INTERFACE_DOWN.ok("eth0"),
    NO_CARRIER.ok("eth0"),
    WIFI_LOST.unknown(Reason.NOT_SUPPORTED, "eth0", because="the till uses a cable"),
    NO_ADDRESS.ok("eth0", through=("eth0",), found="10.8.0.2"),
    NO_DEFAULT_ROUTE.ok("eth0", through=("eth0",)),
    GATEWAY_SILENT.ok("10.8.0.1", through=WAY),
    RESOLVER_SILENT.ok("10.8.0.9", through=WAY),
)
EXPIRED, SILENT = Outcome.EXPIRED, Outcome.DROPPED


def hops(*answers: str) -> dict[int, Hop]:
    """An address for a hop that answered, "-" for silence, else what the target said."""
    return {
        at: Hop(at, SILENT)
        if each == "-"
        else Hop(at, EXPIRED, each)
        if each[0].isdigit()
        else Hop(at, Outcome(each))
        for at, each in enumerate(answers, 1)
    }


def sight(
    network: tuple[Reading, ...] = WELL,
    port: tuple[Reading, ...] = (),
    tls: tuple[Reading, ...] = (),
    **ways: dict[int, Hop],
) -> Sight:
    return Sight(
        named=Named("10.8.3.2"),
        ways={int(name.removeprefix("to_")): found for name, found in ways.items()},
        traced=True,
        readings={"network": network, "firewall_ports": port, "payment_lines": tls},
        over=frozenset({"network", "firewall_ports", "payment_lines"}),
    )


def drawn(seen: Sight, wanted: Destination = WANTED, language: str = "en") -> list[str]:
    """Every row as "mark label: detail | beside"."""
    return [
        f"{row.mark} {row.label}: {row.detail} | {row.beside}".rstrip(" |")
        for row in rows(seen, wanted, language)
    ]


def test_a_way_that_is_well() -> None:
    """Rungs with their subjects, hops of both ports side by side, the port."""
    way = hops("10.8.0.1", "10.8.1.2", "open")
    assert drawn(sight(port=(PORT_DROPPED.ok(PORT),), to_8583=way, to_443=way)) == [
        "ok cable or Wi-Fi: eth0",
        "ok address: 10.8.0.2",
        "ok gateway: 10.8.0.1",
        "ok name lookup: 10.8.0.9",
        " hop: TCP 8583 | TCP 443 (reference)",
        "ok 1: 10.8.0.1 | 10.8.0.1",
        "ok 2: 10.8.1.2 | 10.8.1.2",
        "ok 3: open | open",
        "ok TCP 8583: open",
    ]


@pytest.mark.parametrize(
    ("asked", "reference", "said"),
    [
        (
            hops("10.8.0.1", "-", "-", "-", "-"),
            hops("10.8.0.1", "10.8.1.2", "open"),
            ["ok 1: 10.8.0.1 | 10.8.0.1", "-- 2: no answer | 10.8.1.2", "-- 3: no answer | open"],
        ),
        (hops("10.8.0.1", "-", "-", "-"), {}, ["ok 1: 10.8.0.1", "-- 2-4: no answer"]),
        (hops("-"), {}, ["-- 1: no answer"]),
        (
            hops("10.8.0.1", "refused"),
            hops("10.8.0.1", "10.8.1.2", "open"),
            ["ok 1: 10.8.0.1 | 10.8.0.1", "!! 2: refused | 10.8.1.2", " 3:  | open"],
        ),
        (
            {1: Hop(1, EXPIRED, "10.8.0.1"), 2: Hop(2, Outcome.REJECTED, "10.8.1.2"), 3: Hop(3, SILENT)},
            {},
            ["ok 1: 10.8.0.1", "!! 2: rejected (10.8.1.2)"],
        ),
        (hops("open", "open", "open"), {}, ["ok 1: open"]),
    ],
)
def test_the_asked_port_beside_the_reference(
    asked: dict[int, Hop], reference: dict[int, Hop], said: list[str]
) -> None:
    """As far as either got; silence beyond is one row."""
    assert drawn(sight(to_8583=asked, to_443=reference))[5:-1] == said


def test_hops_come_in_as_they_answer() -> None:
    """What is still awaited is marked; nothing is called silent before its time."""
    seen = sight(to_8583=hops("10.8.0.1"), to_443=hops("10.8.0.1", "10.8.1.2"))
    seen.traced, seen.over = False, frozenset()
    seen.readings["network"] = WELL[:2]
    assert drawn(seen) == [
        "ok cable or Wi-Fi: eth0",
        ".. address:",
        ".. gateway:",
        ".. name lookup:",
        " hop: TCP 8583 | TCP 443 (reference)",
        "ok 1: 10.8.0.1 | 10.8.0.1",
        ".. 2: .. | 10.8.1.2",
        ".. 3:",
        ".. TCP 8583:",
    ]


@pytest.mark.parametrize(
    ("changes", "row"),
    [
        ((NO_CARRIER.failing("eth0"),), "!! cable or Wi-Fi: eth0: Network cable not in"),
        (
            (GATEWAY_SILENT.unknown(Reason.NOT_TESTED, "10.8.0.1", because="network.no-carrier"),),
            "-- gateway: not tested: Network cable not in",
        ),
        (
            (GATEWAY_SILENT.unknown(Reason.NOT_SUPPORTED, because="this line needs no gateway"),),
            "ok gateway: eth0",
        ),
        ((RESOLVER_SILENT.failing("10.8.0.9"),), "!! name lookup: 10.8.0.9: Name lookup not answering"),
        (
            (
                RESOLVER_SILENT.failing("10.8.0.9"),
                RESOLVER_REFUSING.unknown(Reason.NOT_TESTED, "10.8.0.9", because=RESOLVER_SILENT.code),
                RESOLVER_SILENT.ok("10.8.0.8"),
                RESOLVER_REFUSING.ok("10.8.0.8"),
            ),
            "ok name lookup: 10.8.0.8",
        ),
    ],
)
def test_a_rung_says_what_its_readings_say(changes: tuple[Reading, ...], row: str) -> None:
    """The condition's own title; a second server may carry a rung; not tested has its reason."""
    network = {each.identity[0]: each for each in WELL}
    kept = tuple(each for code, each in network.items() if code not in {change.code for change in changes})
    assert row in drawn(sight(network=(*kept, *changes)))


def test_the_port_and_tls_have_the_titles_of_their_conditions() -> None:
    """What the probes found, in their words, in both languages."""
    port = (PORT_DROPPED.ok(PORT), PORT_REFUSED.failing(PORT))
    assert drawn(sight(port=port))[-1] == "!! TCP 8583: Port refused"
    assert drawn(sight(port=port), language="zh")[-1].startswith("!! TCP 8583: 端口")
    open_port = (PORT_DROPPED.ok(PORT),)
    bad = (TLS_UNKNOWN_ISSUER.ok(PORT), TLS_EXPIRED.failing(PORT))
    assert drawn(sight(port=open_port, tls=bad), WITH_TLS)[-2:] == [
        "ok TCP 8583: open",
        "!! TLS: Host certificate expired",
    ]
    assert drawn(sight(port=open_port, tls=bad[:1]), WITH_TLS)[-1] == "ok TLS: ok"


def test_a_name_that_nobody_knows_has_no_way() -> None:
    """The condition in the way by its title, not its code."""
    seen = sight()
    seen.named = Named("", RESOLVER_SILENT.code)
    assert "-- : not tested: Name lookup not answering" in drawn(seen)
    assert Mark.PENDING not in {row.mark for row in rows(seen, WANTED, "en")}
