"""Names to addresses as this till finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.host_names import NO_ADDRESS, Found, check_host, find
from probes.network.conditions import RESOLVER_SILENT
from probes.till import Till
from protocols.dns import Server
from tests.name_server import Behaviour, denial, name_server, reply, silence


@pytest.mark.parametrize(
    "host", ["", ".", "a" * 300, "pay..example", "a b", "a\0.example", "\udcff.example", "é" * 100, "a\n"]
)
def test_what_is_no_host_is_refused(host: str) -> None:
    """Before it stands in a report as a name that nobody can look up."""
    with pytest.raises(ValueError, match=r"host|name|label|idna"):
        check_host(host)


def test_the_hosts_file_comes_before_a_name_server(tmp_path: Path) -> None:
    """As the C library does it; an address needs neither."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").write_text("10.8.3.2 acquirer.example  # by hand\n")

    found = find(["Acquirer.example", "10.8.3.9"], (), 0.1, Till(tmp_path))

    assert found == {"Acquirer.example": Found("10.8.3.2"), "10.8.3.9": Found("10.8.3.9")}


def test_without_a_name_server_the_silence_is_named(tmp_path: Path) -> None:
    """What stands in the way is a condition of its own, which the port's reading depends on."""
    found = find(["acquirer.example"], (), 0.1, Till(tmp_path))

    assert found == {"acquirer.example": Found("", RESOLVER_SILENT.code, asked=True)}


@pytest.mark.parametrize(
    ("behaviour", "because"),
    [
        (silence, "network.resolver-silent"),
        (denial(2), "network.resolver-failing"),
        (denial(3), "network.name-unknown"),
        (denial(5), "network.resolver-refusing"),
        (lambda query: [reply(query, identifier=b"\0\0")], "network.resolver-garbled"),
        (denial(0), NO_ADDRESS),
    ],
    ids=["silence", "SERVFAIL", "NXDOMAIN", "REFUSED", "garbage", "no record"],
)
def test_what_the_name_server_did_is_named(tmp_path: Path, behaviour: Behaviour, because: str) -> None:
    """The very condition that the network probe reads of it; a name with other records only is none."""
    with name_server(behaviour) as port:
        found = find(["acquirer.example"], (Server("127.0.0.1", port),), 0.3, Till(tmp_path))

    assert found == {"acquirer.example": Found("", because, asked=True)}
