"""Plug-ins that hang, flood, fork and leave things behind: nothing of them survives, nobody else notices."""

from __future__ import annotations

import contextlib
import os
import resource
import time
from pathlib import Path

import msgspec
import psutil
import pytest

from agent.running.account import probe_account
from agent.running.children import Ending
from agent.running.probe_run import start_probe
from probes.memory import Memory
from probes.plugins.options import PluginsOptions
from probes.plugins.probe import PROBE
from tests.counter import wait_for
from tests.probes.plugins.looking import DEBIAN, RunProbe, WritePlugin, find, look, options
from vocabulary.reading import Reason, Status

HOSTILE = {
    "hangs": ("sleep 60", Reason.TIMED_OUT, "no end within 1 s"),
    "hangs deaf": ("trap '' TERM INT HUP; sleep 60", Reason.TIMED_OUT, "no end within 1 s"),
    "hangs with its pipe closed": ("exec >&- 2>&-; sleep 60", Reason.TIMED_OUT, "no end within 1 s"),
    "never stops talking": ("yes", Reason.PROBE_FAILED, "it says too much"),
    "never stops complaining": ("yes >&2", Reason.PROBE_FAILED, "it says too much"),
    "asks": ('read answer; echo "got $?"; exit 5', Reason.PROBE_FAILED, "it ended with exit status 5"),
    "eats memory": ("head -c 2000000000 /dev/zero | tail", Reason.PROBE_FAILED, ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_plugin_is_unknown_with_its_reason(
    run_probe: RunProbe, plugin: WritePlugin, name: str
) -> None:
    """And a well one beside it is as well as ever."""
    script, reason, because = HOSTILE[name]
    hostile = {"name": "it", "command": plugin(script), "timeout_seconds": 1}
    well = {"name": "well", "command": [f"{DEBIAN}/check_dummy", "0"], "timeout_seconds": 10}
    run = look(run_probe, msgspec.convert({"checks": [hostile, well]}, PluginsOptions))

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
    run_probe: RunProbe, plugin: WritePlugin, name: str
) -> None:
    """Its own answer counts: it is not waited for whoever else has its pipe."""
    marker = f"{time.monotonic_ns() % 10**6 + 1000}.5"
    run = look(run_probe, options(it=plugin(LEFT_BEHIND[name].format(n=marker))))

    assert find(run, "failed").status is Status.OK
    assert living(marker) == []


def test_at_its_deadline_it_is_ended_with_its_children(run_probe: RunProbe, plugin: WritePlugin) -> None:
    """At once, while the others still run: one of them waits for just that."""
    hung = plugin('sleep 60 & echo $! > "$0.pid"; wait')
    hung_pid = f"{hung[0]}.pid"
    Path(hung_pid).touch()
    Path(hung_pid).chmod(0o666)
    waits = plugin(f'until [ -s {hung_pid} ] && ! kill -0 "$(cat {hung_pid})"; do sleep 0.05; done; echo OK')
    checks = [{"name": "hung", "command": hung, "timeout_seconds": 1}, {"name": "it", "command": waits}]
    run = look(run_probe, msgspec.convert({"checks": checks}, PluginsOptions))

    assert find(run, "failed", "hung").reason is Reason.TIMED_OUT
    assert find(run, "failed").status is Status.OK


def test_waiting_for_one_that_closed_its_output_costs_nothing(
    run_probe: RunProbe, plugin: WritePlugin
) -> None:
    """A closed pipe is readable for ever: looking at it again and again would take a whole core."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    look(run_probe, options(it=plugin("exec >&- 2>&-; sleep 3"), timeout_seconds=3))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert after.ru_utime - before.ru_utime < 1


@pytest.mark.parametrize("script", ["sleep {n}", "setsid sleep {n} & sleep {n}", "sh -c 'sleep {n}' & wait"])
def test_nothing_survives_the_probes_own_end(till_folder: Path, plugin: WritePlugin, script: str) -> None:
    """The daemon kills the probe's child, whose plug-ins have groups and sessions of their own."""
    marker = f"{time.monotonic_ns() % 10**6 + 1000}.7"
    wanted = msgspec.convert(
        {"checks": [{"name": "it", "command": plugin(script.format(n=marker)), "timeout_seconds": 10}]},
        PluginsOptions,
    )
    child = start_probe(PROBE, wanted, Path("/"), Memory(), probe_account())
    wait_for(lambda: living(marker))
    child.end(Ending.TIMED_OUT)

    wait_for(lambda: not living(marker), seconds=5)  # its own deadline would come later


def test_nothing_survives_its_keepers_end(plugin: WritePlugin) -> None:
    """Where memory runs out the kernel may choose the keeper: its plug-ins die with it."""
    marker = f"{time.monotonic_ns() % 10**6 + 1000}.9"
    words = plugin(f"exec sleep {marker}")
    wanted = msgspec.convert({"checks": [{"name": "it", "command": words}]}, PluginsOptions)
    child = start_probe(PROBE, wanted, Path("/"), Memory(), probe_account())
    wait_for(lambda: living(marker))
    keeper = psutil.Process(living(marker)[0]).parent()
    assert keeper is not None
    keeper.kill()
    wait_for(lambda: not living(marker))
    wait_for(lambda: not child.read())

    assert b"no process can be had" in child.output


def test_what_a_plugin_is_given(run_probe: RunProbe, plugin: WritePlugin) -> None:
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


def test_many_run_side_by_side(run_probe: RunProbe, plugin: WritePlugin) -> None:
    """Seven that wait for one another all come to their end; the eighth has its turn after them."""
    room = plugin("")[0] + ".d"
    Path(room).mkdir()
    Path(room).chmod(0o777)
    words = plugin(f'touch "{room}/$1"; until [ "$(ls {room} | wc -l)" -ge 7 ]; do sleep 0.01; done; echo OK')
    checks = [{"name": f"n{i}", "command": [*words, str(i)]} for i in range(8)]
    run = look(run_probe, msgspec.convert({"checks": checks}, PluginsOptions))

    assert {find(run, "failed", f"n{i}").status for i in range(8)} == {Status.OK}
