"""One question to a payment host over an open stream: an ISO 8583 echo test, or an HTTP request."""

from __future__ import annotations

import calendar
import re
import time
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from msgspec import Struct

from protocols import http_exchange
from protocols.iso8583 import message as iso8583

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] [1-5]\d\d[ \r]")  # RFC 9112 section 4
_LONGEST_STATUS_LINE: Final = 512
# IMF-fixdate, RFC 9110 section 5.6.7
_DATE: Final = re.compile(
    rb"\r\ndate:[ \t]*[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) ([1-9]\d{3}) (\d\d):(\d\d):(\d\d) GMT\r\n",
    re.IGNORECASE,
)
_MONTHS: Final = (
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"
)  # fmt: skip


class Outcome(StrEnum):
    REPLIED = "replied"
    SILENT = "silent"
    CLOSED = "closed"
    GARBLED = "garbled"


class Sign(Struct, frozen=True, kw_only=True):
    """`seen` is a fixed phrase for what came instead of a reply, `first` its first bytes. `date`: the host's
    clock in seconds since 1970 UTC, where its reply tells.
    """

    outcome: Outcome
    seconds: float
    seen: str = ""
    first: bytes = b""
    date: float | None = None
    reply: iso8583.Reply | None = None
    page: http_exchange.Answer | None = None


class Stream(Protocol):
    """Both raise OSError; TimeoutError is one."""

    def send(self, content: bytes) -> None: ...

    def receive(self) -> bytes: ...


def echo(
    stream: Stream,
    dialect: iso8583.Dialect,
    *,
    stan: int,
    now: datetime,
    terminal_id: str = "",
    merchant_id: str = "",
) -> Sign:
    """Raise ValueError where the dialect cannot carry these ids, before anything is sent."""
    request = iso8583.request(dialect, stan=stan, now=now, terminal_id=terminal_id, merchant_id=merchant_id)
    question = _Question(stream, request)
    try:
        while (message := iso8583.take(dialect, question.received)) is None:
            if (ended := question.wait()) is not None:
                return ended
        reply = iso8583.reply(dialect, message, stan=stan, terminal_id=terminal_id)
    except iso8583.GarbledError as error:
        return question.sign(Outcome.GARBLED, str(error))
    return question.sign(Outcome.REPLIED, reply=reply)


def head(stream: Stream, host: str, path: str) -> Sign:
    """Any well-formed status line is a reply: what the page says is not ours to judge."""
    request = f"HEAD {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: poshealth\r\nConnection: close\r\n\r\n"
    question = _Question(stream, request.encode("ascii", "replace"))
    while b"\n" not in question.received and len(question.received) < _LONGEST_STATUS_LINE:
        if (ended := question.wait()) is not None:
            return ended
    if _STATUS_LINE.match(question.received):
        return question.sign(Outcome.REPLIED)
    return question.sign(Outcome.GARBLED, "bytes that are not HTTP")


def exchange(stream: Stream, request: bytes) -> Sign:
    """`request` as http_exchange makes it, anything but a HEAD; the answer is the sign's `page`."""
    question = _Question(stream, request)
    ended: Sign | None = None
    try:
        while (page := http_exchange.read(question.received, ended=ended is not None)) is None:
            ended = question.wait()
            if ended is not None and not question.received:
                return ended
    except http_exchange.NotHttpError as error:
        return question.sign(Outcome.GARBLED, str(error))
    return question.sign(Outcome.REPLIED, page=page)


def _date(received: bytes) -> float | None:
    """Of an HTTP answer, where it came in one piece with the status line: a date is not waited for."""
    found = _DATE.search(received)
    if found is None or found[2].title() not in _MONTHS:
        return None
    day, year, hour, minute, second = (int(found[group]) for group in (1, 3, 4, 5, 6))
    month = _MONTHS.index(found[2].title()) + 1
    return float(calendar.timegm((year, month, day, hour, minute, second)))


class _Question:
    """What was sent, what has come so far, and how long it took."""

    def __init__(self, stream: Stream, request: bytes) -> None:
        self.received = b""
        self._stream = stream
        self._request = request
        self._started = time.monotonic()

    def wait(self) -> Sign | None:
        """More bytes, or how it ended without them."""
        try:
            if self._request:
                request, self._request = self._request, b""
                self._stream.send(request)
            piece = self._stream.receive()
        except TimeoutError:
            return self._cut_short(Outcome.SILENT)
        except OSError:
            return self._cut_short(Outcome.CLOSED)
        self.received += piece
        return None if piece else self._cut_short(Outcome.CLOSED)

    def sign(
        self,
        outcome: Outcome,
        seen: str = "",
        reply: iso8583.Reply | None = None,
        page: http_exchange.Answer | None = None,
    ) -> Sign:
        return Sign(
            outcome=outcome,
            seconds=time.monotonic() - self._started,
            seen=seen,
            first=self.received[:16],
            date=_date(self.received),
            reply=reply,
            page=page,
        )

    def _cut_short(self, outcome: Outcome) -> Sign:
        return self.sign(Outcome.GARBLED, "a reply cut short") if self.received else self.sign(outcome)
