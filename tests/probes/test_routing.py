"""Which way a packet leaves this till."""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.network.conditions import NO_DEFAULT_ROUTE
from probes.network.link_conditions import NO_CARRIER
from probes.routing import Course, Ground, check_interface, course, routes_of, servers_of
from probes.till import Till
from vocabulary.reading import ANYWHERE

# /proc/net/route of a till with an address in 10.8.0.0/24 and a router at 10.8.0.1.
ROUTES = (
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    "eth0\t00000000\t0100080A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    "eth0\t0000080A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
)


def ground(root: Path, *, routes: str = ROUTES, broken: str = "") -> Ground:
    (root / "proc/net").mkdir(parents=True)
    (root / "proc/net/route").write_text(routes)
    return Ground(routes=routes_of(Till(root)), interface="eth0", broken=broken)


def test_a_neighbour_is_reached_without_the_router(tmp_path: Path) -> None:
    """A dead router explains nothing of what stands in the same network."""
    here = ground(tmp_path)

    assert here.through("10.8.0.7") == ("eth0",)
    assert here.through("10.8.3.2") == ("eth0", "10.8.0.1")


def test_without_a_route_the_way_is_not_known(tmp_path: Path) -> None:
    """Then anything below may be the reason, and the missing route is named."""
    here = ground(tmp_path, routes=ROUTES.splitlines()[0] + "\n")

    assert here.through("10.8.3.2") == (ANYWHERE,)
    assert here.barrier("10.8.3.2") == NO_DEFAULT_ROUTE.code


def test_a_dead_interface_bars_what_lies_behind_it(tmp_path: Path) -> None:
    """And nothing needs asking there."""
    assert ground(tmp_path, broken=NO_CARRIER.code).barrier("10.8.3.2") == NO_CARRIER.code


def test_name_servers_set_by_hand_come_before_the_systems(tmp_path: Path) -> None:
    """Nothing is read that the settings already say."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/resolv.conf").write_text("nameserver 10.8.0.1\n")

    assert [server.address for server in servers_of(Till(tmp_path), ("10.8.9.9",))] == ["10.8.9.9"]
    assert [server.address for server in servers_of(Till(tmp_path), ())] == ["10.8.0.1"]


TUNNELS: list[tuple[str, str, Course]] = [
    ("", "", Course(way=("eth0", "10.8.0.1"))),
    ("wg0", "wg0", Course(way=("wg0",), tunnel="wg0", below=("wg0", "eth0", "10.8.0.1"))),
    (
        "wg0",
        "eth0",
        Course(way=("eth0", "10.8.0.1"), tunnel="wg0", below=("wg0", "eth0", "10.8.0.1"), strays=True),
    ),
]


@pytest.mark.parametrize(("tunnel", "towards", "expected"), TUNNELS, ids=["none", "in it", "past it"])
def test_the_kernels_choice_decides_whether_a_tunnel_is_taken(
    tmp_path: Path, tunnel: str, towards: str, expected: Course
) -> None:
    """A policy rule stands in no table; what lies below the tunnel is travelled over too."""
    here = ground(tmp_path)
    (tmp_path / "netlink").mkdir()
    (tmp_path / "netlink/towards.json").write_text(f'{{"10.8.3.2": "{towards}"}}')

    assert course("10.8.3.2", tunnel, here, Till(tmp_path)) == expected


def default(interface: str, gateway: str = "", metric: int = 0) -> str:
    flags = "0003" if gateway else "0001"
    return f"{interface}\t00000000\t{gateway or '00000000'}\t{flags}\t0\t0\t{metric}\t00000000\t0\t0\t0\n"


@pytest.mark.parametrize(
    ("routes", "below"),
    [
        (default("ppp0"), ("wg0", "ppp0")),
        (default("wg0") + default("eth0", "0100080A", 100), ("wg0", "eth0", "10.8.0.1")),
        ("", ("wg0",)),
    ],
    ids=["without a router", "the tunnel itself comes first", "no way out"],
)
def test_a_tunnel_goes_over_the_way_out(tmp_path: Path, routes: str, below: tuple[str, ...]) -> None:
    """Whatever it is, as long as it is not the tunnel."""
    here = ground(tmp_path, routes=f"{ROUTES.splitlines()[0]}\n{routes}")

    assert course("10.8.3.2", "wg0", here, Till(tmp_path)).below == below


@pytest.mark.parametrize("tunnel", ["eth0", "wg0"])
def test_where_the_kernel_says_nothing_its_table_decides(tmp_path: Path, tunnel: str) -> None:
    """Netlink may be forbidden."""
    assert course("10.8.3.2", tunnel, ground(tmp_path), Till(tmp_path)).strays is (tunnel == "wg0")


@pytest.mark.parametrize("text", ["", "a b", "wg/0", "w" * 16, "wg:0"])
def test_what_no_interface_can_be_called_is_refused(text: str) -> None:
    """Before a line waits for it for ever."""
    with pytest.raises(ValueError, match="not an interface"):
        check_interface(text)
