"""What a parcel's bytes say, record by record, and why a record cannot be taken."""

from __future__ import annotations

import hashlib
import json
import re
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Raw, Struct

from headoffice.clock import is_time
from vocabulary.report import Report
from vocabulary.wire import MAX_PARCEL_RECORDS, VERSION, Dropped, Full, Heartbeat, Outage, Pulse

MAX_SEQUENCE: Final = 2**53 - 1  # RFC 8259 section 6: integers every JSON reader agrees on
MAX_RANGE: Final = 10_000_000  # 19 years of one heartbeat a minute
_CAUSE: Final = re.compile(r"[a-z][a-z-]{0,31}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,63}")


class ParcelRefusedError(Exception):
    """The parcel as a whole cannot be taken; `status` is the HTTP status that says so."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Envelope(Struct, frozen=True, kw_only=True):
    """vocabulary.wire.Parcel with its records still closed: one that is poison must not spoil the others."""

    version: int = VERSION
    terminal: str
    spool: str
    records: tuple[Raw, ...]
    newest: Raw = Raw()  # msgspec knows no `Raw | None`: empty where absent
    every_seconds: float = 0.0


class Received(Struct, frozen=True, kw_only=True):
    """One record: what it says, or why it is rejected; `sequence` is -1 where that is unreadable."""

    sequence: int
    body: bytes
    heartbeat: Heartbeat | None = None
    reason: str = ""

    @property
    def digest(self) -> bytes:
        """The same for two encodings of the same content."""
        return hashlib.sha256(msgspec.json.encode(self.heartbeat, order="deterministic")).digest()[:16]


class Opened(Struct, frozen=True, kw_only=True):
    terminal: str
    spool: str
    records: tuple[Received, ...]
    newest: Received | None
    every_seconds: float


class _Numbered(Struct):
    sequence: int


def open_parcel(body: bytes, terminal: str) -> Opened:
    """`terminal` is the header's. Raise ParcelRefusedError.

    400 only where a record can be at fault: a terminal then sets records aside until the rest is taken.
    """
    envelope = _envelope(body)
    if envelope.version != VERSION:
        raise ParcelRefusedError(HTTPStatus.NOT_IMPLEMENTED, f"version {VERSION} is spoken here")
    if envelope.terminal != terminal or not _NAME.fullmatch(terminal):
        raise ParcelRefusedError(HTTPStatus.FORBIDDEN, "terminal: not the header's, or not a name")
    if not _NAME.fullmatch(envelope.spool):
        raise ParcelRefusedError(HTTPStatus.FORBIDDEN, "spool: not a name")
    if len(envelope.records) > MAX_PARCEL_RECORDS:
        raise ParcelRefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_PARCEL_RECORDS} records")
    newest = read_record(bytes(envelope.newest), terminal)
    return Opened(
        terminal=terminal,
        spool=envelope.spool,
        records=tuple(read_record(bytes(raw), terminal) for raw in envelope.records),
        newest=newest if isinstance(newest.heartbeat, Full) else None,
        every_seconds=envelope.every_seconds if 1 <= envelope.every_seconds <= 86400 else 0.0,
    )


def _envelope(body: bytes) -> Envelope:
    try:
        return msgspec.json.decode(body, type=Envelope)
    except (ValueError, RecursionError) as error:
        raise ParcelRefusedError(HTTPStatus.BAD_REQUEST, f"not a parcel: {_short(error)}") from None


def read_record(body: bytes, terminal: str) -> Received:
    """Never raises: a record that cannot be taken comes back with its reason."""
    try:
        heartbeat: Heartbeat = msgspec.json.decode(body, type=Heartbeat)
        _refuse_duplicate_keys(body)
        reason = _objection(heartbeat, terminal)
    except (ValueError, RecursionError) as error:
        return Received(sequence=_sequence(body), body=body, reason=_short(error))
    if reason:
        return Received(sequence=_sequence(body), body=body, reason=reason)
    return Received(sequence=heartbeat.sequence, body=body, heartbeat=heartbeat)


def is_name(text: str) -> bool:
    """Of a terminal or a spool."""
    return bool(_NAME.fullmatch(text))


def _sequence(body: bytes) -> int:
    try:
        sequence = msgspec.json.decode(body, type=_Numbered).sequence
    except (ValueError, RecursionError):
        return -1
    return sequence if 1 <= sequence <= MAX_SEQUENCE else -1


def _objection(heartbeat: Heartbeat, terminal: str) -> str:
    if not 1 <= heartbeat.sequence <= MAX_SEQUENCE:
        return "sequence out of range"
    match heartbeat:
        case Pulse():
            return _base_objection(heartbeat) or _time_objection(heartbeat.at)
        case Dropped():
            return _range_objection(heartbeat)
        case Outage():
            return _range_objection(heartbeat) or _base_objection(heartbeat) or _outage_objection(heartbeat)
        case Full():
            return _report_objection(heartbeat.report, terminal)


def _base_objection(heartbeat: Pulse | Outage) -> str:
    earlier = 0 <= heartbeat.unchanged_since < heartbeat.sequence
    return "" if earlier else "unchanged_since out of range"


def _range_objection(heartbeat: Dropped | Outage) -> str:
    length = heartbeat.through - heartbeat.sequence
    inside = 0 <= length < MAX_RANGE and heartbeat.through <= MAX_SEQUENCE
    return "" if inside else "through out of range"


def _outage_objection(outage: Outage) -> str:
    """A clock that was set back in between is taken: `ended` may lie before `began`."""
    if not _CAUSE.fullmatch(outage.cause):
        return "cause is not a word"
    return _time_objection(outage.began) or _time_objection(outage.ended)


def _report_objection(report: Report, terminal: str) -> str:
    """Only what is of this moment counts: a wrong time in what the terminal keeps comes again and again."""
    if report.identity.terminal != terminal:
        return "report of another terminal"
    closing = report.closing
    times = (report.clock.wall, *((closing.closes, closing.opens) if closing else ()))
    return next((objection for time in times if (objection := _time_objection(time))), "")


def _time_objection(seconds: float) -> str:
    return "" if is_time(seconds) else "time out of range"


def _refuse_duplicate_keys(body: bytes) -> None:
    """Of two equal keys msgspec keeps the last, another reader the first. Raise ValueError."""
    json.loads(body, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("duplicate key")


def _short(error: Exception) -> str:
    """Bounded, so that an answer full of rejections still fits the terminal's limit."""
    return str(error)[:60]
