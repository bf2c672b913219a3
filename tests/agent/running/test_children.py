"""A child may sleep for ever, flood its pipe, raise, die or fork: nothing else notices."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from agent.running.account import probe_account
from agent.running.children import Child, Ending, Write, start
from agent.running.probe_run import AnyProbe
from agent.running.sweep import Sweep
from probes.base import Options, Probe
from probes.memory import Memory
from probes.till import Till
from tests.counter import wait_for
from vocabulary.condition import Condition, Owner, Severity
from vocabulary.reading import Reading


def run(work: Callable[[Write], None], timeout_seconds: float = 5.0) -> Child:
    child = start("t", work, timeout_seconds=timeout_seconds, account=probe_account())
    while child.ending is None and not child.expire(time.monotonic()):
        child.read()
        time.sleep(0.002)
    return child


def condition(code: str) -> Condition:
    return Condition(
        code=code, title="t", text="{subject}", remedy="Look", owner=Owner.STAFF, severity=Severity.WARNING
    )


def probe(name: str, body: Callable[[], object]) -> AnyProbe:
    declared = condition(f"{name}.it")

    def read(_: Options, __: Till, ___: Memory) -> Iterator[Reading]:
        yield declared.ok("before")
        body()
        yield declared.ok("after")

    return Probe(id=name, title=name, conditions=(declared,), options=Options, read=read, timeout_seconds=1.0)


def test_an_orderly_child_is_done() -> None:
    """Its bytes are all there and it was nobody special."""
    child = run(lambda write: write(f"uid {os.geteuid()}".encode()))

    assert child.ending is Ending.DONE
    assert child.output.startswith(b"uid ")
    assert child.output != b"uid 0"


@pytest.mark.parametrize(
    ("work", "ending"),
    [
        (lambda _: time.sleep(60), Ending.TIMED_OUT),
        (lambda write: [write(b"x" * 4096) for _ in range(10_000)], Ending.TOO_MUCH_OUTPUT),
        (lambda _: 1 / 0, Ending.DIED),
        (lambda _: os.kill(os.getpid(), signal.SIGKILL), Ending.DIED),
        (lambda _: sys.exit(3), Ending.DIED),
        (lambda _: bytearray(1 << 32), Ending.DIED),
    ],
    ids=["sleeps", "floods", "raises", "is killed", "exits", "eats memory"],
)
def test_endings_are_told_apart(work: Callable[[Write], None], ending: Ending) -> None:
    """And each is over soon after its deadline, and reaped."""
    child = run(work, timeout_seconds=1.0)

    assert child.ending is ending
    assert not psutil.pid_exists(child.pid)


def test_grandchildren_go_with_their_group(till_folder: Path) -> None:
    """A command left running by a killed probe would pile up, one each minute."""
    till_folder.chmod(0o777)

    def work(_: Write) -> None:
        pid = os.fork()
        if pid == 0:
            (till_folder / "pid").write_text(str(os.getpid()))
        time.sleep(60)

    run(work, timeout_seconds=0.5)

    wait_for(lambda: not psutil.pid_exists(int((till_folder / "pid").read_text())), 5)


def test_a_child_that_ignores_terminate_is_ended() -> None:
    """The end is SIGKILL: nothing to ignore."""

    def stubborn(_: Write) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)

    child = run(stubborn, timeout_seconds=0.5)

    assert child.ending is Ending.TIMED_OUT


def test_no_descriptor_is_inherited(tmp_path: Path) -> None:
    """A probe cannot write into the outbox or keep a device open."""
    with (tmp_path / "secret").open("w") as file:
        file.fileno()
        child = run(
            lambda write: write(" ".join(each.name for each in Path("/proc/self/fd").iterdir()).encode())
        )

    assert len(child.output.split()) == 5  # three standard ones, the pipe, and the listing's own


def sweep(*probes: AnyProbe) -> dict[str, list[str]]:
    """Subjects read, by probe."""
    work = Sweep({each.id: Options() for each in probes}, Path("/"), probe_account())
    work.add(probes, {})
    found: dict[str, list[str]] = {}
    while work.active:
        for done in work.step():
            found[done.probe_id] = [reading.subject for reading in done.readings]
        time.sleep(0.002)
    return found


@pytest.mark.parametrize(
    "body",
    [
        lambda: time.sleep(60),
        lambda: os.write(3, b"x" * (1 << 20)) and os.write(3, b"x" * (1 << 20)),
        lambda: 1 / 0,
        lambda: os.kill(os.getpid(), signal.SIGKILL),
    ],
    ids=["sleeps", "fills its pipe", "raises", "is killed"],
)
def test_the_other_probes_are_untouched(body: Callable[[], object]) -> None:
    """What the bad one yielded before its end still counts."""
    found = sweep(probe("bad", body), *(probe(f"good{n}", lambda: None) for n in range(8)))

    assert [found[f"good{n}"] for n in range(8)] == [["before", "after"]] * 8
    assert found["bad"][:1] in (["before"], [])


def test_a_running_probe_is_not_started_twice() -> None:
    """A request joins the round; a stuck probe never gets a second copy."""
    slow = probe("slow", lambda: time.sleep(0.3))
    work = Sweep({"slow": Options()}, Path("/"), probe_account())
    work.add([slow], {})
    work.add([slow], {})

    assert len(work.fds) == 1
    work.stop()
