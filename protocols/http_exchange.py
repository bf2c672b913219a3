"""One HTTP/1.1 request over an open stream and its answer, bounded in bytes (RFC 9112)."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

MAX_HEAD_BYTES: Final = 16_384
MAX_BODY_BYTES: Final = 65_536
MAX_BYTES: Final = MAX_HEAD_BYTES + 2 * MAX_BODY_BYTES  # chunks may say more about themselves than they hold

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?")  # RFC 9112 section 4
_HEADER: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")  # section 5
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]*\r\n")  # section 7.1


class NotHttpError(ValueError):
    """What came is no HTTP answer; the message is a fixed phrase."""


class Answer(Struct, frozen=True, kw_only=True):
    """`headers` by lower-case name, the last one counts. `body` ends after MAX_BODY_BYTES."""

    status: int
    headers: dict[str, str]
    body: bytes = b""


def request(method: str, host: str, path: str, body: bytes = b"", content_type: str = "") -> bytes:
    """One request that asks the other side to close afterwards."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: poshealth",
        "Connection: close",
        *([f"Content-Type: {content_type}", f"Content-Length: {len(body)}"] if body else []),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii", "replace") + body


def read(received: bytes, *, ended: bool) -> Answer | None:
    """The answer to anything but a HEAD, None while bytes are missing; `ended`: nothing more comes.

    Raise NotHttpError.
    """
    head, separator, rest = received.partition(b"\r\n\r\n")
    if not separator:
        if ended or len(received) > MAX_HEAD_BYTES or not _could_be(received):
            raise NotHttpError("a reply cut short" if _could_be(received) else "bytes that are not HTTP")
        return None
    if len(received) > MAX_BYTES:
        raise NotHttpError("more bytes than an answer may have")
    answer = _head(head)
    if (
        answer.status < 200
    ):  # an interim answer (RFC 9110 section 15.2) comes to who asked for it: we never do
        raise NotHttpError("an answer nobody asked for")
    body = _body(answer, rest, ended=ended)
    return None if body is None else Answer(status=answer.status, headers=answer.headers, body=body)


def _could_be(received: bytes) -> bool:
    line = received.partition(b"\r\n")
    return bool(_STATUS_LINE.fullmatch(line[0]) if line[1] else b"HTTP/1.".startswith(received[:7]))


def _head(head: bytes) -> Answer:
    first, *lines = head.split(b"\r\n")
    found = _STATUS_LINE.fullmatch(first)
    if found is None or len(head) > MAX_HEAD_BYTES:
        raise NotHttpError("bytes that are not HTTP")
    headers = {}
    for line in lines:
        field = _HEADER.fullmatch(line)
        if field is None:
            raise NotHttpError("bytes that are not HTTP")
        headers[field[1].decode("ascii").lower()] = field[2].decode("latin-1")
    return Answer(status=int(found[1]), headers=headers)


def _body(answer: Answer, rest: bytes, *, ended: bool) -> bytes | None:
    if answer.status in (204, 304):
        return b""
    if "chunked" in answer.headers.get("transfer-encoding", "").lower():
        whole, body = _joined(rest)
    else:
        length = answer.headers.get("content-length", "")
        if length and not (length.isascii() and length.isdecimal()):
            raise NotHttpError("a length that cannot be")
        wanted = int(length[:9]) if length else MAX_BODY_BYTES
        whole, body = len(rest) >= wanted or (ended and not length), rest[:wanted]
    if not whole and len(body) < MAX_BODY_BYTES:
        if ended:
            raise NotHttpError("a reply cut short")
        return None
    return body[:MAX_BODY_BYTES]


def _joined(rest: bytes) -> tuple[bool, bytes]:
    """Whether the last chunk is there, and what the chunks so far hold."""
    body, at = b"", 0
    while (found := _CHUNK.match(rest, at)) is not None:
        size = int(found[1], 16)
        if size == 0:
            return True, body
        body += rest[found.end() : found.end() + size]
        at = found.end() + size + 2
        if at > len(rest) or len(body) >= MAX_BODY_BYTES:
            return False, body
        if rest[at - 2 : at] != b"\r\n":
            raise NotHttpError("bytes that are not HTTP")
    if not re.fullmatch(rb"[0-9A-Fa-f]{0,8}[^\r\n]{0,64}\r?", rest[at:]):
        raise NotHttpError("bytes that are not HTTP")
    return False, body
