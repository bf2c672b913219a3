"""One plain HTTP/1.1 question and its whole answer, within a deadline and a size (RFC 9112).

No redirect is followed, nothing is decompressed, and a body that never ends is cut.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from vocabulary.redaction import shortened

MAX_ANSWER_BYTES: Final = 64 * 1024
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r?\n")  # RFC 9112 section 4
_LONGEST_SHOWN: Final = 60
_AGENT: Final = "poshealth"

Connect = Callable[[str, int, float], socket.socket]


class Url(Struct, frozen=True):
    """`path` holds the query too."""

    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 80 else f"{host}:{self.port}"


class Answer(Struct, frozen=True, kw_only=True):
    """`status` is 0 where what came is no HTTP; `location` is a redirect's host, or its path on the same."""

    status: int
    location: str = ""
    body: bytes = b""

    @property
    def is_redirect(self) -> bool:
        return 300 <= self.status < 400 and self.status != 304


def parse_url(text: str) -> Url:
    """From "http://host[:port][/path]". Raise ValueError for anything else."""
    parts = urlsplit(text)
    if parts.scheme != "http" or not parts.hostname or parts.username is not None or parts.fragment:
        raise ValueError(f"not http://host/path: {text!r}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not (path.isascii() and path.isprintable()) or " " in path:
        raise ValueError(f"not a path: {path!r}")
    return Url(parts.hostname, parts.port or 80, path)


def get(url: Url) -> bytes:
    return _request(f"GET {url.path}", url.authority)


def connect_through(authority: str) -> bytes:
    """RFC 9110 9.3.6: the proxy is asked for a way to `authority`, "host:port"."""
    return _request(f"CONNECT {authority}", authority)


def _request(what: str, host: str) -> bytes:
    lines = [f"{what} HTTP/1.1", f"Host: {host}", f"User-Agent: {_AGENT}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("ascii", "replace")


def ask(
    address: str,
    port: int,
    request: bytes,
    timeout_seconds: float,
    connect: Connect,
    *,
    head_only: bool = False,
) -> Answer:
    """All in `timeout_seconds`. Raise OSError; TimeoutError is one.

    `head_only`: what follows the header is not waited for.
    """
    deadline = time.monotonic() + timeout_seconds
    with connect(address, port, timeout_seconds) as sock:
        sock.settimeout(_left(deadline))
        sock.sendall(request)
        return parse(_received(sock, deadline, head_only=head_only))


def _received(sock: socket.socket, deadline: float, *, head_only: bool) -> bytes:
    """A server that does not close is cut at the deadline, if its header has come."""
    received = b""
    while len(received) < MAX_ANSWER_BYTES:
        header, ends, body = _split(received)
        if ends and (head_only or len(body) >= _announced(header)):
            break
        try:
            sock.settimeout(_left(deadline))
            piece = sock.recv(MAX_ANSWER_BYTES - len(received))
        except TimeoutError:
            if ends:
                break
            raise
        if not piece:
            break
        received += piece
    return received


def _left(deadline: float) -> float:
    """Raise TimeoutError."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def parse(received: bytes) -> Answer:
    found = _STATUS.match(received)
    if found is None:
        return Answer(status=0, body=received)
    header, _, body = _split(received)
    return Answer(status=int(found[1]), location=_place(_field(header, b"location")), body=body)


def _split(received: bytes) -> tuple[bytes, bytes, bytes]:
    return received.partition(b"\r\n\r\n" if b"\r\n\r\n" in received else b"\n\n")


def _announced(header: bytes) -> int:
    """The body's length by its header (RFC 9112 6.3), MAX_ANSWER_BYTES where it says none."""
    if header.startswith((b"HTTP/1.1 204", b"HTTP/1.0 204", b"HTTP/1.1 304", b"HTTP/1.0 304")):
        return 0
    length = _field(header, b"content-length")
    return int(length) if length.isdigit() and len(length) < 10 else MAX_ANSWER_BYTES


def _field(header: bytes, name: bytes) -> bytes:
    for line in header.splitlines()[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return b""


def _place(location: bytes) -> str:
    """The host alone: a login page's address may carry who asked."""
    place = location.partition(b"?")[0]
    if b"//" in place:
        place = place.partition(b"//")[2].partition(b"/")[0].rpartition(b"@")[2]
    return shortened(printable(place), _LONGEST_SHOWN)


def printable(content: bytes) -> str:
    """What may stand in a report: one line of plain letters, at most 256."""
    text = content[:256].decode("ascii", "replace")
    return "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in text)
