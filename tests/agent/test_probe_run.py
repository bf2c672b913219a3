"""A probe is nobody special, whoever started it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.account import probe_account
from agent.probe_run import ProbeRun, start_probe
from probes.base import Options, Probe
from probes.memory import Memory
from probes.till import Till
from vocabulary.condition import Condition, Owner, Severity
from vocabulary.reading import Reading

WHO = Condition(
    code="t.who", title="t", text="{uid}", remedy="Look", owner=Owner.STAFF, severity=Severity.NOTICE
)


def read(_: Options, __: Till, memory: Memory) -> Iterator[Reading]:
    memory.set("seen", int(str(memory.get("seen", 0))) + 1)
    capabilities = Path("/proc/self/status").read_text(encoding="ascii")
    effective = next(line for line in capabilities.splitlines() if line.startswith("CapEff"))
    yield WHO.ok("p", uid=os.getuid(), euid=os.geteuid(), gid=os.getgid(), capabilities=effective.split()[1])


PROBE = Probe(id="who", title="Who", conditions=(WHO,), options=Options, read=read)


def test_it_has_no_uid_of_root_and_no_capability(run_probe: Callable[..., ProbeRun]) -> None:
    """Real and effective ids, and the capability set."""
    facts = run_probe(PROBE, Options()).readings[0].facts

    assert 0 not in (facts["uid"], facts["euid"], facts["gid"])
    assert int(str(facts["capabilities"]), 16) == 0


def test_root_without_an_account_to_become_is_refused() -> None:
    """There is no way to run one as root by forgetting an argument."""
    if os.geteuid() != 0:
        assert probe_account() is None
        return
    with pytest.raises(PermissionError, match="never runs as root"):
        start_probe(PROBE, Options(), Path("/"), Memory(), None)


def test_what_it_remembers_comes_back(run_probe: Callable[..., ProbeRun]) -> None:
    """The memory of one run is given to the next."""
    first = run_probe(PROBE, Options())
    second = run_probe(PROBE, Options(), memory=first.memory)

    assert (first.memory, second.memory) == ({"seen": 1}, {"seen": 2})
