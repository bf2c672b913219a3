"""Children side by side: who waits for a device, and who is run once more."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from pathlib import Path

from agent.running.account import probe_account
from agent.running.sweep import Sweep
from probes.base import Options, Probe
from probes.memory import Memory
from probes.till import Till
from vocabulary.condition import Condition, Owner, Severity
from vocabulary.reading import Reading

CONDITION = Condition(
    code="test.slow", title="Slow", text="", remedy="", owner=Owner.STAFF, severity=Severity.NOTICE
)


def read(options: Options, till: Till, memory: Memory) -> Iterator[Reading]:
    del options, till, memory
    time.sleep(0.2)
    yield CONDITION.ok()


SLOW = Probe(id="slow", title="Slow", conditions=(CONDITION,), options=Options, read=read)


def ended(sweep: Sweep) -> int:
    """How many runs there are until nothing is active."""
    count = 0
    limit = time.monotonic() + 10
    while sweep.active:
        assert time.monotonic() < limit
        select.select(sweep.fds, [], [], 0.1)
        count += len(sweep.step())
    return count


def test_a_request_joins_a_probe_that_runs() -> None:
    """However many ask: one run."""
    sweep = Sweep({"slow": Options()}, Path("/"), probe_account())
    for _ in range(3):
        sweep.add([SLOW], {})
    assert ended(sweep) == 1


def test_an_event_has_a_running_probe_run_once_more() -> None:
    """It may have looked before the event; two more events are the same one run."""
    sweep = Sweep({"slow": Options()}, Path("/"), probe_account())
    sweep.add([SLOW], {})
    for _ in range(3):
        sweep.add([SLOW], {}, again=True)
    assert len(sweep.fds) == 1
    assert ended(sweep) == 2


def test_a_probe_waits_for_its_device() -> None:
    """It is active meanwhile, and starts at the first step after."""
    free: list[str] = []
    sweep = Sweep({"slow": Options()}, Path("/"), probe_account(), lambda name: name in free)
    sweep.add([SLOW], {})
    assert (sweep.active, sweep.fds) == ({"slow"}, [])
    free.append("slow")
    assert ended(sweep) == 1


def read_and_stay(options: Options, till: Till, memory: Memory) -> Iterator[Reading]:
    del options, till, memory
    yield CONDITION.ok("first")
    time.sleep(60)


def test_what_is_found_is_known_before_the_end() -> None:
    """Somebody who watches is shown it; the run itself is not over."""
    stays = Probe(id="stays", title="Stays", conditions=(CONDITION,), options=Options, read=read_and_stay)
    sweep = Sweep({"stays": Options()}, Path("/"), probe_account())
    sweep.add([stays], {})
    limit = time.monotonic() + 10
    while not any(run.readings for run in sweep.under_way()):
        assert time.monotonic() < limit
        select.select(sweep.fds, [], [], 0.1)
        assert sweep.step() == []
    assert [run.readings for run in sweep.under_way()] == [(CONDITION.ok("first"),)]
    sweep.stop()
