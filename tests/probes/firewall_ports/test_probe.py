"""The firewall probe on fixture trees and loopback; every kind of block is in tests/lab."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from agent.running.probe_run import ProbeRun
from probes.firewall_ports.probe import PROBE, FirewallOptions, Outbound
from probes.path.conditions import PATH
from tests.name_server import Behaviour, address, denial, name_server, silence
from tests.probes.case_folders import Case, check, load_cases
from vocabulary.reading import Reading, Reason, Status

RunProbe = Callable[..., ProbeRun]
CASES = load_cases("firewall_ports")
QUIET = next(case for case in CASES if case.name == "only-what-may-listen").root
OUTBOUND = {condition.code for condition in PATH}


@contextlib.contextmanager
def listener(backlog: int = 50) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as server:
        yield server.getsockname()[1]


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A listener whose backlog is full: Linux drops further SYNs."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(listener(backlog=0))
        for _ in range(2):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port


def port(number: int, host: str = "127.0.0.1", purpose: str = "") -> Outbound:
    return Outbound(host=host, port=number, purpose=purpose)


def failing(run: ProbeRun) -> dict[str, Reading]:
    assert run.complete, run.error
    return {each.subject: each for each in run.readings if each.status is Status.FAILING}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fixture_tree_is_read_as_expected(case: Case, run_probe: RunProbe) -> None:
    """Listening ports are told from files alone."""
    run = run_probe(PROBE, msgspec.convert(case.settings["options"], FirewallOptions), root=case.root)
    assert run.complete, run.error
    check(case, run.readings)


def test_open_refused_and_dropped_each_have_one_reading_at_most(run_probe: RunProbe) -> None:
    """And every question about every port are answered."""
    with listener() as well, black_hole() as hole:
        options = FirewallOptions(outbound=(port(well), port(1), port(hole)), timeout_seconds=1.3)
        run = run_probe(PROBE, options)
    found = failing(run)
    assert {subject: each.code for subject, each in found.items()} == {
        "127.0.0.1:1": "firewall.port-refused",
        f"127.0.0.1:{hole}": "firewall.port-dropped",
    }
    assert found["127.0.0.1:1"].facts["where"] == "by this till"
    for subject in (f"127.0.0.1:{well}", *found):
        seen = {each.code for each in run.readings if each.subject == subject}
        assert seen == OUTBOUND


def test_ten_black_holes_cost_one_timeout(run_probe: RunProbe) -> None:
    """Plus ten percent, the child included."""
    with contextlib.ExitStack() as stack:
        holes = [stack.enter_context(black_hole()) for _ in range(10)]
        run = run_probe(PROBE, FirewallOptions(outbound=tuple(map(port, holes)), timeout_seconds=2.0))
    assert len(failing(run)) == 10
    assert run.seconds < 2.2


def test_a_port_named_twice_is_tried_once(run_probe: RunProbe) -> None:
    """One fault is never two readings."""
    run = run_probe(PROBE, FirewallOptions(outbound=(port(1), port(1))))
    assert sum(each.status is Status.FAILING for each in run.readings) == 1


def test_without_a_purpose_the_port_stands_for_itself(run_probe: RunProbe) -> None:
    """The sentence always says what the port is for."""
    options = FirewallOptions(outbound=(port(1), port(2, purpose="Card payments")))
    found = failing(run_probe(PROBE, options))
    assert found["127.0.0.1:1"].facts["purpose"] == "TCP 1"
    assert found["127.0.0.1:2"].facts["purpose"] == "Card payments"


def test_since_when_is_remembered_until_it_works_again(run_probe: RunProbe) -> None:
    """The network team is told when it began, not when it was last seen."""
    options = FirewallOptions(outbound=(port(1),))
    first = run_probe(PROBE, options)
    assert first.memory is not None
    since = first.memory["since"]
    assert isinstance(since, dict)
    assert since.keys() == {"127.0.0.1:1"}
    long_ago = {"since": {"127.0.0.1:1": 86_400 * 365}}
    found = failing(run_probe(PROBE, options, memory=long_ago))["127.0.0.1:1"]
    assert str(found.facts["since"]).startswith(("1971-01-01T", "1970-12-31T"))
    with listener() as well:
        healed = run_probe(PROBE, FirewallOptions(outbound=(port(well),)), memory=long_ago)
    assert healed.memory == {}


NAMES: list[tuple[str, Behaviour, str]] = [
    ("found", address("127.0.0.1"), ""),
    ("no-such-name", denial(3), "network.name-unknown"),
    ("silent", silence, "network.resolver-silent"),
]


@pytest.mark.parametrize("row", NAMES, ids=lambda row: row[0])
def test_a_name_is_looked_up_first(row: tuple[str, Behaviour, str], run_probe: RunProbe) -> None:
    """Where that fails the port was not tested, and what is in the way is named."""
    _, behaviour, because = row
    with name_server(behaviour) as dns, listener() as well:
        wanted = (port(well, host="host.acquirer.test"),)
        resolvers = (f"127.0.0.1:{dns}",)
        run = run_probe(PROBE, FirewallOptions(outbound=wanted, resolvers=resolvers, timeout_seconds=0.5))
    assert failing(run) == {}
    outbound = [each for each in run.readings if each.subject == wanted[0].subject]
    tried = [each for each in outbound if each.reason is not Reason.NOT_SET_UP]
    assert {each.because for each in tried} == {because}
    assert {each.status for each in tried} == {Status.UNKNOWN if because else Status.OK}


def test_a_name_of_the_hosts_file_needs_no_name_server(run_probe: RunProbe) -> None:
    """As for every other program on the till."""
    with listener() as well:
        options = FirewallOptions(outbound=(port(well, host="LocalHost"),), resolvers=("127.0.0.1:1",))
        run = run_probe(PROBE, options)
    assert failing(run) == {}
    assert any(each.subject == f"LocalHost:{well}" and each.status is Status.OK for each in run.readings)


def test_nothing_wanted_is_nothing_tested(run_probe: RunProbe) -> None:
    """Not set up, which is neither good nor bad."""
    run = run_probe(PROBE, FirewallOptions(), root=QUIET)
    assert {each.reason for each in run.readings} == {Reason.NOT_SET_UP}
    assert len(run.readings) == len(PROBE.conditions)


@pytest.mark.parametrize(
    "options",
    [
        {"outbound": [{"host": "a..b", "port": 1}]},
        {"outbound": [{"host": "", "port": 1}]},
        {"outbound": [{"host": "10.0.0.1", "port": 0}]},
        {"outbound": [{"host": "10.0.0.1", "port": 65536}]},
        {"outbound": [{"host": "10.0.0.1", "port": 1, "stop": "cards"}]},
        {"resolvers": ["dns.example"]},
    ],
)
def test_settings_that_make_no_sense_are_refused(options: dict[str, object]) -> None:
    """Before anything runs."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, FirewallOptions)


def test_the_hosts_file_of_this_machine_names_localhost() -> None:
    """What the test above stands on."""
    assert "localhost" in Path("/etc/hosts").read_text()
