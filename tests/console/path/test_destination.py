"""HOST:PORT as people type it, and what the settings know of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from agent.settings.settings import Settings, Terminal
from console.path.destination import ArgumentError, find, options_for, parse
from probes.catalogue import ALL_PROBES
from probes.firewall_ports.probe import FirewallOptions, Outbound
from probes.network.probe import NetworkOptions
from probes.payment_lines.options import Line, PaymentLinesOptions
from probes.till import Till

HOST = "10.8.3.2"
OUTBOUND = (
    Outbound(host=HOST, port=8583, purpose="Card payments"),
    Outbound(host=HOST, port=8443),
    Outbound(host=HOST, port=443, reference=True),
    Outbound(host="10.8.3.3", port=80, reference=True),
)
LINES = (Line(name="card/primary", host="Pos.Example", port=8600, echo="", ca_file="/ca.pem"),)


def settings(**changes: Any) -> Settings:
    options = {probe.id: probe.options() for probe in ALL_PROBES}
    options["firewall_ports"] = FirewallOptions(outbound=OUTBOUND)
    options["payment_lines"] = PaymentLinesOptions(lines=LINES)
    return Settings(terminal=Terminal(id="t1"), options=options | changes)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10.8.3.2:443", ("10.8.3.2", 443)),
        ("pos.example:8583", ("pos.example", 8583)),
        ("till-1_a:65535", ("till-1_a", 65535)),
        ("[::1]:443", ("::1", 443)),
        ("[fe80::1%eth0]:22", ("fe80::1%eth0", 22)),
        ("münchen.example:443", ("münchen.example", 443)),
        (f"{'a' * 63}.example:1", (f"{'a' * 63}.example", 1)),
    ],
)
def test_host_and_port(text: str, wanted: tuple[str, int]) -> None:
    """Addresses of both families, and names."""
    assert parse(text) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "write HOST:PORT"),
        ("10.8.3.2", "write HOST:PORT"),
        (":443", "write HOST:PORT"),
        ("::1:443", r"\[2001:db8::1\]:443"),
        ("pos.example:", "from 1 to 65535"),
        ("pos.example:0", "from 1 to 65535"),
        ("pos.example:65536", "from 1 to 65535"),
        ("pos.example:https", "from 1 to 65535"),
        ("pos.example:４４３", "from 1 to 65535"),
        (f"pos.example:{'9' * 5000}", "from 1 to 65535"),
        (f"{'a' * 300}:443", r"\(300 characters\).*253"),
        (f"{'a.' * 150}b:443", r"\(301 characters\).*253"),
        ("\udcff\udcfe:443", r"not a host name: '\\udcff\\udcfe'"),
        ("a b:443", "not a host name: 'a b'"),
        (f"{'a' * 64}:443", "letters, digits and hyphens"),
        ("pos\x1b[2J:443", r"'pos\\x1b\[2J'"),
        ("[pos.example]:443", "IPv6"),
        ("[::1%\x1b[2J]:443", "IPv6|not a host name"),
    ],
)
def test_what_is_none_is_refused_with_how_to_write_it(text: str, said: str) -> None:
    """In one short printable line."""
    with pytest.raises(ArgumentError, match=said) as caught:
        parse(text)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


def test_the_reference_is_a_port_of_the_same_host() -> None:
    """The one marked so first, then any other; or the one asked for; none where the settings know none."""
    assert find(f"{HOST}:8583", settings()).reference == 443
    assert find(f"{HOST}:443", settings()).reference == 8443
    assert find(f"{HOST}:8583", settings(), reference=22).reference == 22
    assert find("10.8.3.9:8583", settings()).reference == 0


@pytest.mark.parametrize("port", [0, 8583, 65536, -1])
def test_a_reference_that_is_none(port: int) -> None:
    """Not the port itself either."""
    with pytest.raises(ArgumentError, match="--reference"):
        find(f"{HOST}:8583", settings(), reference=port)


@pytest.mark.parametrize(
    ("text", "tls", "looked_at"),
    [
        (f"{HOST}:8583", False, False),
        (f"{HOST}:8583", True, True),
        (f"{HOST}:443", False, True),
        ("pos.example:8600", False, True),
    ],
)
def test_a_handshake_only_where_it_surprises_nobody(text: str, tls: bool, looked_at: bool) -> None:
    """A payment host that speaks no TLS is sent no bytes, unless somebody asks for it."""
    line = find(text, settings(), tls=tls).line
    assert (line is not None) is looked_at
    assert line is None or (line.echo, line.is_scan_code, line.tls) == ("", False, True)


def test_a_payment_line_keeps_its_authority() -> None:
    """And has the destination's name, so that both probes speak of one thing."""
    wanted = find("pos.example:8600", settings())
    assert wanted.line is not None
    assert (wanted.line.ca_file, wanted.line.name) == ("/ca.pem", wanted.subject)


def test_the_probes_are_asked_for_this_destination_alone(tmp_path: Path) -> None:
    """With everything else as the settings have it; a name of the hosts file is asked of no name server."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").write_text("10.8.3.2 by-hand\n")
    network = NetworkOptions(gateway="10.8.0.1", lookup_name="store.example")
    mine = settings(network=network)
    asked = options_for(find(f"{HOST}:8583", mine), mine, Till(tmp_path))
    assert asked["network"] == network
    assert asked["firewall_ports"] == FirewallOptions(outbound=(OUTBOUND[0], OUTBOUND[2]))
    by_hand = options_for(find("by-hand:8583", mine), mine, Till(tmp_path))
    assert by_hand["network"] == network
    named = options_for(find("pos.example:8583", mine), mine, Till(tmp_path))
    assert named["network"] == msgspec.structs.replace(network, lookup_name="pos.example")


TUNNELLED = {
    "firewall_ports": FirewallOptions(
        outbound=(
            Outbound(host=HOST, port=7000, vpn="wg0"),
            Outbound(host=HOST, port=7003),
            Outbound(host="10.8.3.3", port=7000),
        )
    ),
    "payment_lines": PaymentLinesOptions(lines=(Line(name="card/far", host=HOST, port=7001, vpn="wg1"),)),
}


@pytest.mark.parametrize(
    ("text", "vpn"),
    [
        (f"{HOST}:7000", "wg0"),
        (f"{HOST}:7001", "wg1"),
        # of another port, where this one has none
        (f"{HOST}:7003", "wg0"),
        (f"{HOST}:7002", "wg0"),
        (f"{HOST}:443", "wg0"),
        ("10.8.3.3:443", ""),
    ],
)
def test_the_tunnel_of_a_host_goes_along(text: str, vpn: str) -> None:
    """From this port, or any other of that host; a look with TLS goes into it as well."""
    wanted = find(text, settings(**TUNNELLED), tls=True)

    assert wanted.line is not None
    assert (wanted.vpn, wanted.line.vpn) == (vpn, vpn)


@pytest.mark.parametrize(
    ("port", "reference", "vpns"),
    [(7000, 7001, ("wg0", "wg1")), (7001, 7000, ("wg1", "wg0")), (7001, 7003, ("wg1", "wg0"))],
)
def test_the_reference_goes_into_a_tunnel_of_its_own(
    port: int, reference: int, vpns: tuple[str, str]
) -> None:
    """Not into that of the port it is compared with."""
    known = settings(**TUNNELLED)
    options = options_for(find(f"{HOST}:{port}", known, reference=reference), known, Till())

    outbound = cast("FirewallOptions", options["firewall_ports"]).outbound
    assert tuple(each.vpn for each in outbound) == vpns
