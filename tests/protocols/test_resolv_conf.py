"""resolv.conf and hosts, as people and DHCP clients write them."""

from __future__ import annotations

import pytest

from protocols.dns import Server
from protocols.resolv_conf import parse_hosts, parse_resolv_conf, parse_server


def test_three_name_servers_at_most_each_once() -> None:
    """resolv.conf(5): MAXNS is 3."""
    text = (
        "# by DHCP\nsearch shop.example\nnameserver 10.8.0.1\nnameserver 10.8.0.1\nnameserver nonsense\n"
        "nameserver fd00::1%eth0\nnameserver 127.0.0.53 # stub\nnameserver\nnameserver 10.8.0.4\n"
    )
    found = [server.address for server in parse_resolv_conf(text)]
    assert found == ["10.8.0.1", "fd00::1%eth0", "127.0.0.53"]


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("10.0.0.1", Server("10.0.0.1")),
        ("10.0.0.1:5353", Server("10.0.0.1", 5353)),
        ("fd00::1", Server("fd00::1")),
        ("[fd00::1]", Server("fd00::1")),
        ("[fd00::1]:5353", Server("fd00::1", 5353)),
    ],
)
def test_a_name_server_may_have_a_port(text: str, server: Server) -> None:
    """As in the settings."""
    assert parse_server(text) == server


@pytest.mark.parametrize("text", ["", "dns.example", "10.0.0.1:dns", "10.0.0", "[::1]53x"])
def test_anything_else_is_refused(text: str) -> None:
    """With a ValueError for the settings to show."""
    with pytest.raises(ValueError, match="not a"):
        parse_server(text)


def test_hosts_names_are_found_whatever_their_case() -> None:
    """The first line that has a name wins; IPv6 lines and comments do not count."""
    found = parse_hosts(
        "127.0.0.1 localhost\n::1 ip6\n10.8.3.2 Acquirer.example acq # ours\n10.9.9.9 acq\n#10.1.1.1 x\n"
    )
    assert found == {"localhost": "127.0.0.1", "acquirer.example": "10.8.3.2", "acq": "10.8.3.2"}
