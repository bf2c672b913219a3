"""kill -9 at every write and every sync of an outbox at work: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.faults.spools import judge, session, told

pytestmark = pytest.mark.slow  # hundreds of processes under strace

COUNT = 14


@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "ftruncate", "unlink"])
def test_kill_at_any_write_or_sync(tmp_path: Path, call: str) -> None:
    """At each in turn, until the session is over before its turn comes."""
    kills = 0
    for number in range(1, 400):
        folder = tmp_path / str(number)
        spool = folder / "spool"
        folder.mkdir()
        inject = ["-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}"]
        done = session(spool, folder / "told", COUNT, "strace", "-qq", "-o", "/dev/null", *inject)
        said = told(folder / "told")
        judge(spool, said)
        if done.returncode == 0:
            break
        assert done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)
        kills += 1

    assert len(said.on_disk) == COUNT
    assert not said.in_memory
    assert kills >= 1
