"""What plug-ins say and how they end, by fixture trees and by Debian's own."""

from __future__ import annotations

import socket
from pathlib import Path

import msgspec
import pytest

from agent.diagnosis import diagnose
from probes.catalogue import CONDITIONS
from probes.network.conditions import GATEWAY_SILENT
from probes.plugins import look as its_look
from probes.plugins.options import PluginsOptions
from probes.plugins.probe import PROBE
from tests.agent.till_readings import ROUTER, failing
from tests.probes.case_folders import Case, check, load_cases
from tests.probes.plugins.looking import DEBIAN, RunProbe, WritePlugin, find, look, options
from vocabulary.reading import Reason, Status
from vocabulary.report import Known

CASES = load_cases("plugins")


def named(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_fixture_tree_is_read_as_expected(case: Case, run_probe: RunProbe) -> None:
    """Status by exit status, and the reason where there is none."""
    wanted = msgspec.convert(case.settings.get("options", {}), PluginsOptions)
    check(case, look(run_probe, wanted, case.root).readings)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_every_condition_is_mentioned_once(case: Case, run_probe: RunProbe) -> None:
    """For every check, whatever became of it."""
    wanted = msgspec.convert(case.settings.get("options", {}), PluginsOptions)
    readings = look(run_probe, wanted, case.root).readings

    assert sorted(each.code for each in readings) == sorted(each.code for each in PROBE.conditions)


@pytest.mark.parametrize(
    ("name", "secrets"),
    [
        ("a-card-number-in-its-line", ["4111111111111111", "25121010000", "hunter2"]),
        ("repeats-its-own-password", ["sesame7", "open8"]),
    ],
)
def test_no_secret_of_a_plugin_is_read(name: str, secrets: list[str], run_probe: RunProbe) -> None:
    """Not in its line, nor in names and values of its figures."""
    case = next(each for each in CASES if each.name == name)
    run = look(run_probe, msgspec.convert(case.settings["options"], PluginsOptions), case.root)

    assert find(run, "failed").status is Status.FAILING
    assert [secret for secret in secrets if secret in repr(run)] == []


def test_a_long_line_is_cut_behind_its_secrets(run_probe: RunProbe) -> None:
    """Half a card number would no longer be known for one."""
    words = [f"{DEBIAN}/check_dummy", "2", "x" * 100 + " 4111111111111111 " + "y" * 100]
    said = str(find(look(run_probe, options(it=words)), "failed").facts["said"])

    assert len(said) <= 120
    assert "41111" not in said


DISCOVER = "6011000990139424"  # the scheme's number for tests


@pytest.mark.parametrize(
    ("line", "words", "trace"),
    [
        (f"x | '{'a' * 15} 6011 0009 9013 9424'=5", [], "6011_0009"),
        (f"x | '{'a' * 15}é6011é0009é9013é9424'=5", [], "6011_0009"),
        (f"x | {DISCOVER}{'a' * 70}=5", [], "0990139424"),
        (f"x | a={DISCOVER}0000s b={DISCOVER}.5 c=0.{DISCOVER} d=6.011000990139424e-3", [], "011000990"),
        ("x | 'rows of sesame7'=5", ["-p", "sesame7"], "sesame7"),
        ("x | 'rows of sesame7'=5", ["-psesame7"], "sesame7"),
        ("sesame7 and sesame", ["--pass", "sesame", "--password", "sesame7"], "hidden]7"),
        ("code 24681357", ["--password", "24681357"], "24681357"),
    ],
)
def test_no_secret_is_halved_before_it_is_hidden(
    run_probe: RunProbe, plugin: WritePlugin, line: str, words: list[str], trace: str
) -> None:
    """In the name of a figure, in its value, in a password that holds another."""
    run = look(run_probe, options(it=[*plugin(f'echo "{line}"; exit 2'), *words]))

    assert find(run, "failed").status is Status.FAILING
    assert trace not in repr(run)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["-p", "/media/backup"], "DISK CRITICAL - /media/backup is full"),
        (["-p/media/backup"], "DISK CRITICAL - /media/backup is full"),
        (["-p", "8583"], "no answer on port 8583"),
    ],
)
def test_what_is_no_password_is_told(
    run_probe: RunProbe, plugin: WritePlugin, words: list[str], line: str
) -> None:
    """Short options mean a path, a port or a password."""
    run = look(run_probe, options(it=[*plugin(f'echo "{line}"; exit 2'), *words]))

    assert find(run, "failed").facts["said"] == line


@pytest.mark.parametrize(
    ("words", "state", "begins"),
    [
        (["check_dummy", "0", "fine"], "ok", "OK: fine"),
        (["check_dummy", "1", "soon"], "warning", "WARNING: soon"),
        (["check_dummy", "2", "broken"], "failed", "CRITICAL: broken"),
        (["check_dummy", "3", "who knows"], "unknown", "UNKNOWN: who knows"),
        (["check_disk", "-w", "1%", "-c", "0%", "-p", "/"], "ok", "DISK OK"),
        (["check_procs", "-c", "1:"], "ok", "PROCS OK"),
        (["check_users", "-w", "90", "-c", "99"], "ok", "USERS OK"),
        (["check_disk", "-w", "100%", "-c", "0%", "-p", "/"], "warning", "DISK WARNING"),
        (["check_tcp", "--no-such-option"], "unknown", f"{DEBIAN}/check_tcp: unrecog"),
    ],
)
def test_debians_plugins_are_understood(
    run_probe: RunProbe, words: list[str], state: str, begins: str
) -> None:
    """Their four states, and their first line."""
    run = look(run_probe, options(it=[f"{DEBIAN}/{words[0]}", *words[1:]]))
    failing = {each.code for each in run.readings if each.status is Status.FAILING}
    telling = find(run, "warning" if state == "warning" else "failed")

    assert failing == ({f"plugin.{state}"} & {"plugin.failed", "plugin.warning"})
    assert str(telling.facts["said"]).startswith(begins)
    assert (telling.status is Status.UNKNOWN) is (state == "unknown")


def test_a_port_is_checked_as_it_is(run_probe: RunProbe) -> None:
    """check_tcp on a port that listens and one that does not; its time is a fact."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = [f"{DEBIAN}/check_tcp", "-H", "127.0.0.1", "-p", str(server.getsockname()[1])]
        well = find(look(run_probe, options(it=words)), "failed")
    gone = find(look(run_probe, options(it=words)), "failed")

    assert (well.status, gone.status) == (Status.OK, Status.FAILING)
    assert isinstance(well.facts["perf_time_s"], float)


def test_those_there_was_no_time_for_come_first_next_time(
    run_probe: RunProbe, plugin: WritePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight with the longest deadline: the last is put off, and is not counted as having failed."""
    monkeypatch.setattr(its_look, "READ_SECONDS", 10.5)
    busy = plugin("sleep 1; echo OK")
    checks = [{"name": f"n{i}", "command": busy, "timeout_seconds": 10} for i in range(7)]
    checks.append({"name": "last", "command": [f"{DEBIAN}/check_dummy", "0"], "timeout_seconds": 10})
    first = look(run_probe, msgspec.convert({"checks": checks}, PluginsOptions))
    second = look(run_probe, msgspec.convert({"checks": checks}, PluginsOptions), memory=first.memory)

    assert find(first, "failed", "last").because == "no time was left in this round"
    assert (first.memory or {})["misses"] == {}
    assert find(second, "failed", "last").status is Status.OK


def test_three_runs_without_a_result_are_a_fault(run_probe: RunProbe, plugin: WritePlugin) -> None:
    """Two may have met a busy till; one good run begins the count anew."""
    wanted = options(it=plugin("exit 9"))
    memory, found = None, []
    for _ in range(3):
        run = look(run_probe, wanted, memory=memory)
        memory = run.memory
        found.append(find(run, "unusable").status)
    again = look(run_probe, options(it=[f"{DEBIAN}/check_dummy", "0"]), memory=memory)

    assert found == [Status.UNKNOWN, Status.UNKNOWN, Status.FAILING]
    assert (again.memory or {})["misses"] == {}


@pytest.mark.parametrize(
    "memory", [{"misses": {"it": "x"}}, {"misses": {"it": [1]}}, {"late": [[1]]}, {"misses": 7, "late": 7}]
)
def test_a_memory_that_makes_no_sense_counts_for_nothing(
    run_probe: RunProbe, plugin: WritePlugin, memory: object
) -> None:
    """Of another version of this probe, or of a disk that spoils things."""
    run = look(run_probe, options(it=plugin("exit 9")), memory=memory)

    assert run.memory == {"misses": {"it": 1}, "late": []}


def test_a_plugin_that_anyone_may_change_is_not_run(run_probe: RunProbe, plugin: WritePlugin) -> None:
    words = plugin("echo OK")
    Path(words[0]).chmod(0o777)
    run = look(run_probe, options(it=words))

    assert find(run, "unusable").status is Status.FAILING
    assert find(run, "failed").reason is Reason.NO_PERMISSION


@pytest.mark.parametrize(("over_network", "expected"), [(True, []), (False, ["plugin.failed"])])
def test_a_plugin_over_the_network_follows_from_a_silent_gateway(
    run_probe: RunProbe, over_network: bool, expected: list[str]
) -> None:
    """Only where the settings say that it goes there."""
    check = {"name": "it", "command": [f"{DEBIAN}/check_dummy", "2"], "over_network": over_network}
    run = look(run_probe, msgspec.convert({"checks": [check]}, PluginsOptions))
    silent = failing(GATEWAY_SILENT, ROUTER)
    diagnosis = diagnose(
        tuple(Known(reading=each, since=1.0) for each in (silent, *run.readings)), CONDITIONS
    )

    assert [cause.code for cause in diagnosis.causes if cause.code != silent.code] == expected
