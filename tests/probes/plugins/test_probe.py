"""Plug-ins on fixture trees, Debian's own, and hostile ones."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from agent.account import probe_account
from agent.children import Ending
from agent.probe_run import ProbeRun, start_probe
from probes.plugins.conditions import CONDITIONS
from probes.plugins.options import PluginsOptions
from probes.plugins.probe import PROBE
from tests.counter import wait_for
from tests.probes.case_folders import Case, check, load_cases
from vocabulary.reading import Reading, Reason, Status

RunProbe = Callable[..., ProbeRun]
CASES = load_cases("plugins")
DEBIAN = "/usr/lib/nagios/plugins"  # monitoring-plugins-basic


def named(case: Case) -> str:
    return case.name


def options(**commands: list[str]) -> PluginsOptions:
    """Checks by name, each with half a second."""
    checks = [{"name": name, "command": words, "timeout_seconds": 0.5} for name, words in commands.items()]
    return msgspec.convert({"checks": checks}, PluginsOptions)


def look(run_probe: RunProbe, wanted: PluginsOptions, root: Path = Path("/"), memory: Any = None) -> ProbeRun:
    run: ProbeRun = run_probe(PROBE, wanted, root=root, memory=memory)
    assert run.complete, run.error
    return run


def find(run: ProbeRun, code: str, subject: str = "it") -> Reading:
    return next(each for each in run.readings if each.identity == (f"plugin.{code}", subject))


@pytest.fixture
def plugin(till_folder: Path) -> Callable[[str], list[str]]:
    """Write a shell plug-in that an unprivileged probe may run; its command."""

    def write(script: str) -> list[str]:
        path = till_folder / f"check_{len(list(till_folder.iterdir()))}"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return [str(path)]

    return write


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

    assert sorted(each.code for each in readings) == sorted(each.code for each in CONDITIONS)


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


HOSTILE = {
    "hangs": ("sleep 60", Reason.TIMED_OUT, "no end within 0.5 s"),
    "hangs deaf": ("trap '' TERM INT HUP; sleep 60", Reason.TIMED_OUT, "no end within 0.5 s"),
    "hangs with its pipe closed": ("exec >&- 2>&-; sleep 60", Reason.TIMED_OUT, "no end within 0.5 s"),
    "never stops talking": ("yes", Reason.PROBE_FAILED, "it says too much"),
    "never stops complaining": ("yes >&2", Reason.PROBE_FAILED, "it says too much"),
    "asks": ('read answer; echo "got $?"; exit 5', Reason.PROBE_FAILED, "it ended with exit status 5"),
    "eats memory": ("head -c 2000000000 /dev/zero | tail", Reason.PROBE_FAILED, ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_plugin_is_unknown_with_its_reason(
    run_probe: RunProbe, plugin: Callable[[str], list[str]], name: str
) -> None:
    """And a well one beside it is as well as ever."""
    script, reason, because = HOSTILE[name]
    run = look(run_probe, options(it=plugin(script), well=[f"{DEBIAN}/check_dummy", "0"]))

    assert find(run, "failed", "well").status is Status.OK
    assert find(run, "failed").reason in (reason, Reason.TIMED_OUT)
    assert because in find(run, "failed").because


def living(marker: str) -> list[int]:
    """Processes whose command holds it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if marker in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


LEFT_BEHIND = {
    "in its group": "sleep {n} & echo OK",
    "in a session of its own, its pipe held open": "setsid sleep {n} & echo OK",
    "of a chain of daemons": "setsid sh -c 'setsid sleep {n} & setsid sleep {n} & sleep {n}' & echo OK",
}


@pytest.mark.parametrize("name", LEFT_BEHIND)
def test_what_it_leaves_behind_holds_nobody_up_and_is_ended(
    run_probe: RunProbe, plugin: Callable[[str], list[str]], name: str
) -> None:
    """Its own answer counts: it is not waited for whoever else has its pipe."""
    marker = f"{time.monotonic_ns() % 10**6 + 1000}.5"
    run = look(run_probe, options(it=plugin(LEFT_BEHIND[name].format(n=marker))))

    assert find(run, "failed").status is Status.OK
    assert living(marker) == []


@pytest.mark.parametrize("script", ["sleep {n}", "setsid sleep {n} & sleep {n}", "sh -c 'sleep {n}' & wait"])
def test_nothing_survives_the_probes_own_end(
    till_folder: Path, plugin: Callable[[str], list[str]], script: str
) -> None:
    """The daemon kills the probe's child, whose plug-ins have groups and sessions of their own."""
    marker = f"{time.monotonic_ns() % 10**6 + 1000}.7"
    wanted = msgspec.convert(
        {"checks": [{"name": "it", "command": plugin(script.format(n=marker))}]}, PluginsOptions
    )
    child = start_probe(PROBE, wanted, Path("/"), {}, probe_account())
    wait_for(lambda: living(marker))
    child.end(Ending.TIMED_OUT)

    wait_for(lambda: not living(marker))


def test_nothing_survives_its_keepers_end(plugin: Callable[[str], list[str]]) -> None:
    """Where memory runs out the kernel may choose the keeper: its plug-ins die with it."""
    marker = f"{time.monotonic_ns() % 10**6 + 1000}.9"
    words = plugin(f"exec sleep {marker}")
    wanted = msgspec.convert({"checks": [{"name": "it", "command": words}]}, PluginsOptions)
    child = start_probe(PROBE, wanted, Path("/"), {}, probe_account())
    wait_for(lambda: living(marker))
    keeper = psutil.Process(living(marker)[0]).parent()
    assert keeper is not None
    keeper.kill()
    wait_for(lambda: not living(marker))
    wait_for(lambda: not child.read())

    assert b"no process can be had" in child.output


def test_what_a_plugin_is_given(run_probe: RunProbe, plugin: Callable[[str], list[str]]) -> None:
    """No root, no terminal, no input, no descriptor of ours, a fixed environment, a session of its own."""
    words = plugin(
        'echo "uid=$(id -u) in=$(readlink /proc/self/fd/0) fds=$(ls -m /proc/self/fd | tr -d " ")'
        ' at=$(pwd) vars=$(env | cut -d= -f1 | sort | tr "\\n" ,)'
        ' sid=$(($(cut -d" " -f6 /proc/$$/stat) - $$))"'
    )
    said = dict(
        word.split("=")
        for word in str(find(look(run_probe, options(it=words)), "failed").facts["said"]).split()
    )
    account = probe_account()

    assert said["uid"] == str(account.uid if account else os.getuid()) != "0"
    assert (said["in"], said["fds"], said["at"], said["sid"]) == ("/dev/null", "0,1,2,3", "/", "0")
    assert said["vars"] == "LC_ALL,PATH,PWD,"


def test_many_run_side_by_side(run_probe: RunProbe, plugin: Callable[[str], list[str]]) -> None:
    """Seven that wait for one another all come to their end; the eighth has its turn after them."""
    room = plugin("")[0] + ".d"
    Path(room).mkdir()
    Path(room).chmod(0o777)
    words = plugin(f'touch "{room}/$1"; until [ "$(ls {room} | wc -l)" -ge 7 ]; do sleep 0.01; done; echo OK')
    checks = [{"name": f"n{i}", "command": [*words, str(i)]} for i in range(8)]
    run = look(run_probe, msgspec.convert({"checks": checks}, PluginsOptions))

    assert {find(run, "failed", f"n{i}").status for i in range(8)} == {Status.OK}


def test_those_there_was_no_time_for_come_first_next_time(
    run_probe: RunProbe, plugin: Callable[[str], list[str]]
) -> None:
    """Eight with the longest deadline: the last is put off, and is not counted as having failed."""
    busy = plugin("sleep 4; echo OK")
    checks = [{"name": f"n{i}", "command": busy, "timeout_seconds": 10} for i in range(7)]
    checks.append({"name": "last", "command": [f"{DEBIAN}/check_dummy", "0"], "timeout_seconds": 10})
    first = look(run_probe, msgspec.convert({"checks": checks}, PluginsOptions))
    second = look(run_probe, msgspec.convert({"checks": checks}, PluginsOptions), memory=first.memory)

    assert find(first, "failed", "last").because == "no time was left in this round"
    assert (first.memory or {})["misses"] == {}
    assert find(second, "failed", "last").status is Status.OK


def test_three_runs_without_a_result_are_a_fault(
    run_probe: RunProbe, plugin: Callable[[str], list[str]]
) -> None:
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


def test_a_plugin_that_anyone_may_change_is_not_run(
    run_probe: RunProbe, plugin: Callable[[str], list[str]]
) -> None:
    words = plugin("echo OK")
    Path(words[0]).chmod(0o777)
    run = look(run_probe, options(it=words))

    assert find(run, "unusable").status is Status.FAILING
    assert find(run, "failed").reason is Reason.NO_PERMISSION
