"""What is found on the disk of a machine whose clock jumped; `make machine-cuts` has the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.outbox.outbox import Outbox
from tests.agent.outboxes import pulse
from tests.faults.machine_clock import judge


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """Six written, of which head office has confirmed two."""
    outbox = Outbox(tmp_path)
    for _ in range(6):
        outbox.put(pulse)
    outbox.confirm(outbox.spool_id, 2)
    outbox.close()
    return tmp_path


@pytest.mark.parametrize(("stored", "waiting"), [(2, 4), (5, 1), (6, 0)])
def test_what_waits_is_what_is_not_stored(spool: Path, stored: int, waiting: int) -> None:
    """Head office may have stored more than it could confirm."""
    assert judge(spool, 7, stored) == waiting


@pytest.mark.parametrize(("told", "stored"), [(8, 2), (7, 1), (7, 7)])
def test_what_was_written_and_is_nowhere_is_lost(spool: Path, told: int, stored: int) -> None:
    """On the disk, or between it and head office; nor can head office have what was never written."""
    with pytest.raises(AssertionError):
        judge(spool, told, stored)
