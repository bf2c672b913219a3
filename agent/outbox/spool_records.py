"""What stands in the outbox, without a database: ranges, new numbers, what is given up first."""

from __future__ import annotations

from typing import Final

import msgspec

from vocabulary.wire import Dropped, Full, Heartbeat, Outage, Pulse

# What is given up first has the highest: unchanged rounds, then what was folded, what changed last. A range
# that says what was given up is never given up itself.
RANKS: Final[dict[type[Heartbeat], int]] = {Dropped: -1, Full: 0, Outage: 1, Pulse: 2}


def folded(before: Heartbeat, outage: Outage) -> Outage:
    """`outage` as the going on of the record `before` it, where that is one, too."""
    if not isinstance(before, Outage) or before.unchanged_since != outage.unchanged_since:
        return outage
    return msgspec.structs.replace(before, through=outage.through, ended=outage.ended)


def gap(first: int, last: int, reason: str) -> Dropped:
    return msgspec.convert({"kind": "dropped", "sequence": first, "through": last, "reason": reason}, Dropped)


def decoded(body: bytes) -> Heartbeat:
    """Raise msgspec.MsgspecError."""
    heartbeat: Heartbeat = msgspec.json.decode(body, type=Heartbeat)
    return heartbeat


def last_of(heartbeat: Heartbeat) -> int:
    return heartbeat.through if isinstance(heartbeat, Dropped | Outage) else heartbeat.sequence


def runs(rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring (sequence, through) pairs joined, ascending."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(rows):
        if joined and joined[-1][1] == first - 1:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def numbered(record: Heartbeat, spool: str, number: int, numbers: dict[int, int]) -> Heartbeat:
    """The same record under another number; a report keeps the code that was read out or printed."""
    match record:
        case Full():
            report = msgspec.structs.replace(record.report, spool_id=spool, sequence=number)
            return msgspec.structs.replace(record, sequence=number, report=report)
        case Pulse():
            since = numbers.get(record.unchanged_since, 0)
            return msgspec.structs.replace(record, sequence=number, unchanged_since=since)
        case Outage():
            since = numbers.get(record.unchanged_since, 0)
            last = number + record.rounds - 1
            return msgspec.structs.replace(record, sequence=number, through=last, unchanged_since=since)
        case Dropped():
            return msgspec.structs.replace(
                record, sequence=number, through=number + record.through - record.sequence
            )
