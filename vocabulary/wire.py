"""The versioned messages between a terminal and head office."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, Literal

import msgspec
from msgspec import Struct

from vocabulary.report import Report

VERSION = 1
PATH = "/v1/parcels"
SIGNATURE_HEADER = "Poshealth-Signature"
TERMINAL_HEADER = "Poshealth-Terminal"
PACKED_HEADER = "Content-Encoding"
GZIP = "gzip"
GZIP_WINDOW = 31  # zlib's wbits for the gzip format with a window of 32 kB (zlib.h, inflateInit2)
MAX_PARCEL_BYTES = 1 << 20  # as sent, and as it is when unpacked
MAX_PARCEL_RECORDS = 500  # so that an answer with a verdict for each stays below MAX_ANSWER_BYTES
MAX_ANSWER_BYTES = 1 << 16


class Full(Struct, frozen=True, kw_only=True, tag="full", tag_field="kind"):
    """A heartbeat that carries the whole report."""

    sequence: int
    report: Report


class Pulse(Struct, frozen=True, kw_only=True, tag="pulse", tag_field="kind"):
    """Unchanged since the full report `unchanged_since`, 0 where that belongs to an earlier spool.

    `at` is the terminal's clock, seconds since 1970.
    """

    sequence: int
    at: float
    unchanged_since: int


class Dropped(Struct, frozen=True, kw_only=True, tag="dropped", tag_field="kind"):
    """Sequences `sequence`..`through` that were given up, and why: a gap is shown as a gap.

    "no-longer-held": confirmed and deleted earlier, but head office has lost it (a restored backup).
    """

    sequence: int
    through: int
    reason: Literal["quota", "spool-corrupt", "rejected", "no-longer-held"]


class Outage(Struct, frozen=True, kw_only=True, tag="outage", tag_field="kind"):
    """Pulses `sequence`..`through` of a time in which head office was not reached, as one record: no gap.

    `began` (the first delivery that failed) and `ended` (the last of these rounds) by the terminal's clock,
    seconds since 1970. Each round was unchanged since the full report `unchanged_since`, 0 where that belongs
    to an earlier spool. `cause` is one of OUTAGE_CAUSES, or a newer terminal's own word. Sent again with a
    higher `through` it takes the place of the shorter one.
    """

    sequence: int
    through: int
    began: float
    ended: float
    unchanged_since: int
    cause: str

    @property
    def rounds(self) -> int:
        return self.through - self.sequence + 1


OUTAGE_CAUSES: Final = ("line-down", "no-answer", "not-head-office", "refused", "unauthorised")
Heartbeat = Full | Pulse | Dropped | Outage


class Parcel(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request's load. The record key is (`terminal`, `spool`, sequence); `records` are oldest first.

    `newest` rides beside a backlog so that the page is right at once; it is not stored as a record.
    `every_seconds` is how often the terminal means to be heard (0: it does not say); head office calls it
    silent after three times that.
    """

    version: int = VERSION
    terminal: str
    spool: str
    records: tuple[Heartbeat, ...]
    newest: Full | None = None
    every_seconds: float = 0.0


class Verdict(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one record: "stored", "duplicate", or "rejected" with the reason."""

    sequence: int
    outcome: Literal["stored", "duplicate", "rejected"]
    reason: str = ""


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Only `stored_through` lets the terminal delete; `spool` must be the parcel's, or a portal answered.

    `answered` is the id of the question that was answered at head office, until the terminal asks no more.
    """

    spool: str
    accepted: tuple[Verdict, ...]
    stored_through: int
    next_seconds: float = 0.0
    needs_full: bool = False
    answered: str = ""


def signature(key: bytes, body: bytes) -> str:
    """HMAC-SHA256 in hexadecimal, over exactly the bytes of a request's or answer's body."""
    return hmac.new(key, body, hashlib.sha256).hexdigest()


def signed_rightly(key: bytes, body: bytes, claimed: str) -> bool:
    return hmac.compare_digest(signature(key, body), claimed)


def decode_parcel(body: bytes) -> Parcel:
    """Raise msgspec.ValidationError or msgspec.DecodeError."""
    return msgspec.json.decode(body, type=Parcel)


def decode_answer(body: bytes) -> Answer:
    """Raise msgspec.ValidationError or msgspec.DecodeError."""
    return msgspec.json.decode(body, type=Answer)


def encode(message: Parcel | Answer | Report) -> bytes:
    return msgspec.json.encode(message)
