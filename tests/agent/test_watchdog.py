"""The watchdog's food: given while everything tries, withheld while something is stuck."""

from __future__ import annotations

import contextlib
import math
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agent.watchdog import Watchdog
from tests.counter import daemon, wait_for, write_settings

EVERY = 15.0


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Where a service manager listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(tmp_path / "notify"))
        (tmp_path / "notify").chmod(0o777)
        channel.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield channel


def feeds(manager: socket.socket) -> int:
    """How often it was fed since this was asked last."""
    count = 0
    with contextlib.suppress(BlockingIOError):
        while line := manager.recv(4096):
            count += line == b"WATCHDOG=1"
    return count


def fed(watchdog: Watchdog, manager: socket.socket, owed: Mapping[str, float | None], until: float) -> int:
    """A loop that turns every second, with the same debts."""
    for second in range(int(until)):
        watchdog.step(float(second), owed)
    return feeds(manager)


@pytest.mark.parametrize("part", ["schedule", "children", "courier", "parcel"])
def test_a_part_that_does_not_try_stops_the_feeding(manager: socket.socket, part: str) -> None:
    """The moment it owed passed and nothing came of it: fed once more at most, however the loop turns."""
    owed = {"schedule": 1e9, "children": None, "courier": None, "parcel": None, part: 10.0}

    assert fed(Watchdog(EVERY), manager, owed, 300) == 2


@pytest.mark.parametrize("deadline", [29.0, 300.0])
def test_what_is_slow_but_within_its_deadline_is_fed(manager: socket.socket, deadline: float) -> None:
    """A delivery over a bad line, a probe that waits for a black hole."""
    owed = {"schedule": 1e9, "courier": deadline, "children": deadline}

    assert fed(Watchdog(EVERY), manager, owed, deadline) == math.ceil(deadline / EVERY)


def test_a_part_that_tries_again_is_fed_again(manager: socket.socket) -> None:
    """No restart for what got over it."""
    watchdog = Watchdog(EVERY)
    assert fed(watchdog, manager, {"children": 10.0}, 100) == 2
    watchdog.step(101.0, {"children": None})
    assert feeds(manager) == 1


def test_without_a_watchdog_nothing_is_said(manager: socket.socket) -> None:
    """`poshealth run` in a terminal."""
    assert Watchdog(None).deadline is None
    assert fed(Watchdog(None), manager, {"schedule": 1e9}, 100) == 0


AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
READ_ANYTHING = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")


@pytest.mark.slow  # a real daemon
def test_a_daemon_that_can_start_no_child_is_not_fed(tmp_path: Path, manager: socket.socket) -> None:
    """The kernel refuses it processes: the feeding stops, and begins again once they can be had."""
    every = dict.fromkeys(("power", "network"), 0.3)
    tables = "[every_seconds]\n" + "".join(f"{name} = {seconds}\n" for name, seconds in every.items())
    settings = write_settings(tmp_path, "", tables)
    watched = ("env", "WATCHDOG_USEC=600000")
    with daemon(settings, (*AS_NOBODY, *READ_ANYTHING, *watched)) as process:
        wait_for(lambda: feeds(manager))
        limit_processes(process, 0)
        wait_for(lambda: is_starved(manager))
        limit_processes(process, 10_000)
        wait_for(lambda: feeds(manager))


def limit_processes(process: subprocess.Popen[bytes], count: int) -> None:
    """The soft limit, by the daemon's own user."""
    command = ("prlimit", f"--pid={process.pid}", f"--nproc={count}:")
    subprocess.run([*AS_NOBODY, *command], check=True)


def is_starved(manager: socket.socket) -> bool:
    """Not fed for two seconds, which is seven times as long as its interval."""
    feeds(manager)
    time.sleep(2.0)
    return feeds(manager) == 0
