"""IPP over HTTP, as much of it as hands a job to a raw queue and asks what became of it.

RFC 8010 section 3 (encoding); RFC 8011 sections 4.2.1 (Print-Job), 4.3.4 (Get-Job-Attributes), 5.3.7.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final

from msgspec import Struct

PRINT_JOB: Final = 0x0002
CANCEL_JOB: Final = 0x0008
GET_JOB_ATTRIBUTES: Final = 0x0009

_VERSION: Final = 0x0101
_OPERATION_ATTRIBUTES, _END = 0x01, 0x03  # RFC 8010 section 3.5.1
_INTEGER, _ENUM, _NAME, _KEYWORD, _URI = 0x21, 0x23, 0x42, 0x44, 0x45  # section 3.5.2
_CHARSET, _LANGUAGE, _MIME = 0x47, 0x48, 0x49
_DELIMITERS: Final = 0x10  # tags below it open a group
_BINARY: Final = frozenset((_INTEGER, _ENUM))
_HEAD_BYTES: Final = 8

Value = int | str


class JobState(IntEnum):
    """RFC 8011 section 5.3.7."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9

    @property
    def is_over(self) -> bool:
        return self >= JobState.CANCELED


class Answer(Struct, frozen=True):
    """`status` below 0x0100 is success (RFC 8011 appendix B). Of an attribute with several values the first
    counts.
    """

    status: int
    attributes: dict[str, Value] = {}

    @property
    def is_successful(self) -> bool:
        return self.status < 0x0100


class NotIppError(ValueError):
    """These bytes are no IPP answer."""


def print_job(printer: str, user: str, title: str) -> bytes:
    """The document follows it, as it is."""
    return _request(
        PRINT_JOB,
        (_URI, "printer-uri", printer),
        (_NAME, "requesting-user-name", user),
        (_NAME, "job-name", title),
        (_MIME, "document-format", "application/vnd.cups-raw"),
    )


def get_job_attributes(printer: str, user: str, job_id: int) -> bytes:
    return _about_job(GET_JOB_ATTRIBUTES, printer, user, job_id)


def cancel_job(printer: str, user: str, job_id: int) -> bytes:
    return _about_job(CANCEL_JOB, printer, user, job_id)


def _about_job(operation: int, printer: str, user: str, job_id: int) -> bytes:
    return _request(
        operation,
        (_URI, "printer-uri", printer),
        (_INTEGER, "job-id", job_id),
        (_NAME, "requesting-user-name", user),
    )


def _request(operation: int, *attributes: tuple[int, str, Value]) -> bytes:
    """Charset and language come first (RFC 8011 section 4.1.4)."""
    first = (_CHARSET, "attributes-charset", "utf-8"), (_LANGUAGE, "attributes-natural-language", "en")
    body = b"".join(_attribute(*each) for each in (*first, *attributes))
    return struct.pack(">HHIB", _VERSION, operation, 1, _OPERATION_ATTRIBUTES) + body + bytes((_END,))


def _attribute(tag: int, name: str, value: Value) -> bytes:
    raw = struct.pack(">i", value) if isinstance(value, int) else value.encode()
    return struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(raw)) + raw


def decode(octets: bytes) -> Answer:
    """Raise NotIppError."""
    if len(octets) < _HEAD_BYTES:
        raise NotIppError("too short")
    status: int = struct.unpack_from(">H", octets, 2)[0]
    attributes: dict[str, Value] = {}
    at = _HEAD_BYTES
    try:
        while octets[at] != _END:
            if octets[at] < _DELIMITERS:
                at += 1
                continue
            at = _decode_attribute(octets, at, attributes)
    except (IndexError, struct.error) as error:
        raise NotIppError("cut off") from error
    return Answer(status, attributes)


def _decode_attribute(octets: bytes, at: int, attributes: dict[str, Value]) -> int:
    tag = octets[at]
    name, at = _counted(octets, at + 1)
    raw, at = _counted(octets, at)
    if name and tag in _BINARY and len(raw) == 4:
        attributes.setdefault(name.decode("ascii", "replace"), struct.unpack(">i", raw)[0])
    elif name:
        attributes.setdefault(name.decode("ascii", "replace"), raw.decode("utf-8", "replace"))
    return at


def _counted(octets: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">H", octets, at)
    end = at + 2 + length
    if end > len(octets):
        raise IndexError(end)
    return octets[at + 2 : end], end
