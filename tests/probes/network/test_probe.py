"""The network probe on fixture trees and loopback; real cables and routers fail in tests/lab."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from agent.running.probe_run import ProbeRun
from probes.network.probe import PROBE, NetworkOptions
from tests.name_server import Behaviour, address, denial, name_server, reply, silence
from tests.probes.case_folders import Case, check, load_cases
from vocabulary.reading import Reading, Status

RunProbe = Callable[..., ProbeRun]
CASES = load_cases("network")
HEALTHY = next(case for case in CASES if case.name == "healthy-cable").root
SILENT, REFUSING = "network.resolver-silent", "network.resolver-refusing"

GARBLED, FAILING, UNKNOWN = "network.resolver-garbled", "network.resolver-failing", "network.name-unknown"
WAYS = (SILENT, GARBLED, FAILING, UNKNOWN, REFUSING)
HOST = "host.acquirer.test"

NAME_SERVERS: list[tuple[str, Behaviour, str, str]] = [
    # what it does; the one condition that fails; its answer in words
    ("answers", address("10.8.3.2"), "", ""),
    ("has-none", denial(0), "", ""),
    ("no-such-name", denial(3), UNKNOWN, "no such name"),
    ("server-failure", denial(2), FAILING, "server failure"),
    ("not-allowed", denial(5), REFUSING, "not allowed"),
    ("forged-answers", lambda query: [reply(query, identifier=b"\0\0")], GARBLED, "unreadable packets"),
    (
        "another-question",
        lambda query: [reply(query.replace(b"acquirer", b"attacker"))],
        GARBLED,
        "unreadable packets",
    ),
    ("noise", lambda _: [bytes(range(256)) * 12], GARBLED, "unreadable packets"),
    ("cut-short", lambda query: [query[:2] + b"\x83\x80" + query[4:]], GARBLED, "an answer cut short"),
    ("silent", silence, SILENT, ""),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fixture_tree_is_read_as_expected(case: Case, run_probe: RunProbe) -> None:
    """Interface, carrier, Wi-Fi, address and route are told from files alone."""
    options = msgspec.convert(case.settings["options"], NetworkOptions)
    run = run_probe(PROBE, options, root=case.root)
    assert run.complete, run.error
    check(case, run.readings)


def of_names(run: ProbeRun) -> dict[str, Reading]:
    assert run.complete, run.error
    return {each.code: each for each in run.readings if each.code in WAYS}


@pytest.mark.parametrize("row", NAME_SERVERS, ids=lambda row: row[0])
def test_each_way_a_name_server_can_answer(row: tuple[str, Behaviour, str, str], run_probe: RunProbe) -> None:
    """Silence, nonsense, failure, denial and refusal are five faults, and never two at once."""
    _, behaviour, code, said = row
    with name_server(behaviour) as port:
        options = NetworkOptions(
            resolvers=(f"127.0.0.1:{port}",), lookup_name=HOST, resolver_timeout_seconds=0.3
        )
        found = of_names(run_probe(PROBE, options, root=HEALTHY))
    assert [each.code for each in found.values() if each.status is Status.FAILING] == [code] * bool(code)
    assert found[code or REFUSING].facts.get("answer", "") == (said if code else "answered")


def test_without_a_name_a_denial_is_only_a_sign_of_life(run_probe: RunProbe) -> None:
    """A closed network's name server need not know the root."""
    with name_server(denial(2)) as port:
        options = NetworkOptions(resolvers=(f"127.0.0.1:{port}",))
        found = of_names(run_probe(PROBE, options, root=HEALTHY))
    assert found[SILENT].status is Status.OK
    assert found[REFUSING].because == "lookup_name is not set"


def test_two_silent_name_servers_cost_one_timeout(run_probe: RunProbe) -> None:
    """Both are asked at the same time."""
    with name_server(silence) as first, name_server(silence) as second:
        resolvers = (f"127.0.0.1:{first}", f"127.0.0.1:{second}")
        options = NetworkOptions(resolvers=resolvers, resolver_timeout_seconds=0.5)
        run = run_probe(PROBE, options, root=HEALTHY)
    assert sum(each.code == SILENT and each.status is Status.FAILING for each in run.readings) == 2
    assert run.seconds < 0.9


@pytest.mark.parametrize(
    "options",
    [
        {"resolvers": ["dns.example"]},
        {"resolvers": ["10.0.0.1:dns"]},
        {"gateway": "router"},
        {"lookup_name": "a..b"},
        {"lookup_name": "a" * 300},
        {"lookup_name": "10.8.3.2"},
        {"lookup_addresses": ["10.0.0.0/33"]},
        {"portal_check": "https://check.example/"},
        {"portal_check": f"http://{'a.' * 150}/"},
        {"portal_expect": "well"},
        {"ipv6_check": "pay.example"},
        {"ipv6_check": "fd00::1:443"},
        {"vpn_peer": "10.9.0.2"},
        {"vpn_interface": "tun0", "vpn_peer": "peer.example"},
        {"vpn_interface": "../../../etc"},
        {"vpn_interface": "tun0\n"},
        {"host_timeout_seconds": 0},
    ],
)
def test_settings_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    """Before anything runs."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, NetworkOptions)


def test_the_card_of_the_last_way_out_is_remembered(run_probe: RunProbe) -> None:
    """When the route is gone it is still that card which is looked at, not one never used."""
    run = run_probe(PROBE, NetworkOptions(resolvers=("127.0.0.1:1",)), root=HEALTHY)
    assert run.memory is not None
    assert (run.memory["interface"], run.memory["gateway"]) == ("eth0", "127.0.0.1")
    bare = next(case for case in CASES if case.name == "no-card-at-all").root
    again = run_probe(PROBE, NetworkOptions(resolvers=("127.0.0.1:1",)), root=bare, memory=run.memory)
    assert ("network.interface-down", "eth0") in {each.identity for each in again.readings}
