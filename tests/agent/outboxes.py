"""What tests of the outbox put in, and what they find in it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from agent.outbox.outbox import Outbox
from agent.outbox.spool_records import last_of
from vocabulary.report import Clock, Diagnosis, Identity, Report
from vocabulary.wire import Full, Heartbeat, Outage, Pulse


def pulse(_: str, number: int) -> Pulse:
    return Pulse(sequence=number, at=0.0, unchanged_since=0)


def outage(_: str, number: int) -> Outage:
    return Outage(
        sequence=number,
        through=number,
        began=100.0,
        ended=60.0 * number,
        unchanged_since=1,
        cause="line-down",
    )


def full(spool: str, number: int) -> Full:
    return Full(
        sequence=number,
        report=Report(
            identity=Identity(terminal="t1"),
            boot_id="b",
            spool_id=spool,
            sequence=number,
            clock=Clock(wall=1.0, boottime=1.0),
            code="",
            diagnosis=Diagnosis(),
            readings=(),
        ),
    )


def large(spool: str, number: int) -> Full:
    """As large as a till with forty checks makes it."""
    report = msgspec.structs.replace(full(spool, number).report, slip={"en": ("x" * 12_000,)})
    return Full(sequence=number, report=report)


def fill(outbox: Outbox, count: int) -> None:
    for _ in range(count):
        outbox.put(pulse)


def records(outbox: Outbox) -> list[Heartbeat]:
    """Of the oldest spool that has any."""
    return [
        msgspec.json.decode(stored.body, type=Heartbeat) for stored in outbox.load(10_000, 1 << 30).records
    ]


def kinds(outbox: Outbox) -> list[str]:
    return [type(record).__name__ for record in records(outbox)]


def covered(outbox: Outbox) -> list[int]:
    """Every number that a record or a range stands for."""
    return [number for record in records(outbox) for number in range(record.sequence, last_of(record) + 1)]


def on_disk(folder: Path) -> int:
    """Bytes of the database and its log."""
    return sum(path.stat().st_size for path in folder.glob("outbox.db*") if "corrupt" not in path.name)
