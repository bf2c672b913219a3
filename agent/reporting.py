"""How the agent's own reporting fares, as readings like any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agent.outbox.outbox import Outbox
from agent.own_conditions import (
    DISK_FULL,
    HEAD_OFFICE_REFUSES,
    HEAD_OFFICE_UNREACHABLE,
    IDENTITY_USED_TWICE,
    SPOOL_DAMAGED,
    SPOOL_IN_MEMORY,
)
from agent.sending.dispatch import Dispatch
from protocols.mounts import parse_mountinfo, points_of_disk
from vocabulary.reading import Reading

SHOWN_SECONDS: Final = 86400.0  # what happened once is told for a day


def readings(
    outbox: Outbox, dispatch: Dispatch, folder: str, terminal: str, monotonic: float
) -> Iterator[Reading]:
    disk = _disk_of(folder) if outbox.trouble or outbox.disk_is_full else ()
    yield SPOOL_IN_MEMORY.failing_if(bool(outbox.trouble), through=disk, why=outbox.trouble)
    yield DISK_FULL.failing_if(outbox.disk_is_full, through=disk, folder=folder)
    salvaged = outbox.salvaged
    yield SPOOL_DAMAGED.failing_if(
        salvaged is not None and monotonic - salvaged.at < SHOWN_SECONDS,
        saved=salvaged.saved if salvaged else 0,
        lost=salvaged.lost if salvaged else 0,
    )
    at = dispatch.conflict_at
    yield IDENTITY_USED_TWICE.failing_if(at is not None and monotonic - at < SHOWN_SECONDS, terminal=terminal)
    if dispatch.delivered_at is None and not dispatch.failures:
        return  # nothing was sent yet
    yield HEAD_OFFICE_REFUSES.failing_if(
        dispatch.is_refused, whom=dispatch.whom, why=dispatch.trouble, waiting=outbox.depth
    )
    yield HEAD_OFFICE_UNREACHABLE.failing_if(
        dispatch.failures > 0 and not dispatch.is_refused,
        whom=dispatch.whom,
        failures=dispatch.failures,
        why=dispatch.trouble,
        waiting=outbox.depth,
    )


def _disk_of(folder: str) -> tuple[str, ...]:
    """What the device probe calls the disk under `folder`: the same fault is one cause."""
    try:
        return points_of_disk(
            folder, parse_mountinfo(Path("/proc/self/mountinfo").read_text("utf-8", "replace"))
        )
    except OSError:
        return ()
