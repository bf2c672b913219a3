"""What an endpoint of the customer's own gets: one record as plain JSON (docs/report.schema.json)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from vocabulary.report import Report
from vocabulary.wire import Dropped, Full, Heartbeat, Outage, Pulse

VERSION: Final = 1
Time = Annotated[datetime, Meta(tz=True)]
SOMEBODY_ELSE: Final = "somebody-else"  # what the wire calls "not-head-office": here there is none


class Record(Struct, frozen=True, kw_only=True):
    """`key` is the same each time this record is sent. It covers `sequence` to `last` of the series `spool`,
    whose numbers begin at 1; higher is newer.
    """

    version: int = VERSION
    key: str
    terminal: str
    spool: str
    sequence: int
    last: int


class FullReport(Record, frozen=True, kw_only=True, tag="report", tag_field="kind"):
    """The whole state. `time` is the terminal's clock, in UTC."""

    time: Time
    report: Report


class Unchanged(Record, frozen=True, kw_only=True, tag="unchanged", tag_field="kind"):
    """A sign of life: as in the report number `unchanged_since`, 0 where that is one of an earlier series."""

    time: Time
    unchanged_since: int


class Away(Record, frozen=True, kw_only=True, tag="outage", tag_field="kind"):
    """Rounds `sequence` to `last`, in which nothing changed and the endpoint was not reached: no gap.

    `began` is the first delivery that failed. The same `sequence` with a higher `last` takes its place.
    """

    began: Time
    ended: Time
    unchanged_since: int
    cause: str


class GivenUp(Record, frozen=True, kw_only=True, tag="dropped", tag_field="kind"):
    """A gap: what of `sequence` to `last` has not come will never come, and why.

    The same `sequence` with a higher `last` takes its place.
    """

    reason: Literal["quota", "spool-corrupt", "rejected", "no-longer-held"]


Message = FullReport | Unchanged | Away | GivenUp


class Head(Struct, frozen=True):
    """What identifies a record in its encoded form."""

    key: str
    spool: str
    last: int


def encode(terminal: str, spool: str, heartbeat: Heartbeat) -> bytes:
    return msgspec.json.encode(message(terminal, spool, heartbeat))


def head_of(body: bytes) -> Head:
    return msgspec.json.decode(body, type=Head)


def message(terminal: str, spool: str, heartbeat: Heartbeat) -> Message:
    number = heartbeat.sequence
    last = heartbeat.through if isinstance(heartbeat, Outage | Dropped) else number
    # A dropped range or an outage that grew is another content, so it has another key.
    key = f"{terminal}/{spool}/{number}" + (f"-{last}" if last > number else "")
    record = Record(key=key, terminal=terminal, spool=spool, sequence=number, last=last)
    return _filled(msgspec.structs.asdict(record), heartbeat)


def _filled(record: dict[str, Any], heartbeat: Heartbeat) -> Message:
    match heartbeat:
        case Full(report=report):
            return FullReport(time=_time(report.clock.wall), report=report, **record)
        case Pulse(at=at, unchanged_since=since):
            return Unchanged(time=_time(at), unchanged_since=since, **record)
        case Outage(cause=cause, unchanged_since=since):
            return Away(
                began=_time(heartbeat.began),
                ended=_time(heartbeat.ended),
                unchanged_since=since,
                cause=SOMEBODY_ELSE if cause == "not-head-office" else cause,
                **record,
            )
        case Dropped(reason=reason):
            return GivenUp(reason=reason, **record)


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of one message."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A record of poshealth"}
    return head | msgspec.json.schema(Message)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds, 3), UTC)
