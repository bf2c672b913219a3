"""One question over an open stream: what counts as a reply, and what came instead."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from protocols.iso8583.dialects import DIALECTS
from protocols.sign_of_life import Outcome, Sign, echo, head

REPLY = bytes.fromhex("00170810" + "0020000002800000" + "000001" + "3030" + "3239313130303031")


class Script:
    """A stream that gives what was written for it, piece by piece, then the end it was told."""

    def __init__(self, *pieces: bytes, end: bytes | Exception = b"") -> None:
        self.sent = b""
        self._pieces = list(pieces)
        self._end = end

    @property
    def left(self) -> int:
        return len(self._pieces)

    def send(self, content: bytes) -> None:
        self.sent += content

    def receive(self) -> bytes:
        if self._pieces:
            return self._pieces.pop(0)
        if isinstance(self._end, Exception):
            raise self._end
        return self._end


def ask(stream: Script) -> Sign:
    return echo(
        stream, DIALECTS["0800/301 bcd"], stan=1, now=datetime(2026, 1, 1, tzinfo=UTC), terminal_id="29110001"
    )


@pytest.mark.parametrize("size", [1, 2, 3, 24, 25])
def test_a_reply_may_come_in_pieces(size: int) -> None:
    """TCP keeps no message borders."""
    sign = ask(Script(*(REPLY[at : at + size] for at in range(0, len(REPLY), size))))

    assert sign.outcome is Outcome.REPLIED
    assert sign.reply is not None
    assert (sign.reply.answer_code, sign.reply.stan) == ("00", "000001")


@pytest.mark.parametrize(
    ("stream", "outcome", "seen"),
    [
        (Script(), Outcome.CLOSED, ""),
        (Script(end=TimeoutError()), Outcome.SILENT, ""),
        (Script(end=ConnectionResetError()), Outcome.CLOSED, ""),
        (Script(REPLY[:9]), Outcome.GARBLED, "a reply cut short"),
        (Script(REPLY[:9], end=TimeoutError()), Outcome.GARBLED, "a reply cut short"),
        (Script(REPLY[:9], end=ConnectionResetError()), Outcome.GARBLED, "a reply cut short"),
        (Script(b"<html>"), Outcome.GARBLED, "a web page"),
        (Script(b"\xff\xff\xff\xff"), Outcome.GARBLED, "a length that cannot be"),
        (Script(b"\0\4" + b"\x08\x10\0\0"), Outcome.GARBLED, "bytes that are not ISO 8583"),
    ],
)
def test_what_came_instead_of_an_echo(stream: Script, outcome: Outcome, seen: str) -> None:
    """Silence, an end, half a reply, a page: each by its own name, with the first bytes as evidence."""
    sign = ask(stream)

    assert (sign.outcome, sign.seen) == (outcome, seen)
    assert bool(sign.first) == (outcome is Outcome.GARBLED)


@pytest.mark.parametrize(
    ("received", "outcome"),
    [
        (b"HTTP/1.1 200 OK\r\n", Outcome.REPLIED),
        (b"HTTP/1.1 503 Service Unavailable\r\n", Outcome.REPLIED),
        (b"HTTP/1.0 404 \r\n", Outcome.REPLIED),
        (b"HTTP/1.1 204\r\n", Outcome.REPLIED),
        (b"HTTP/1.1 700 OK\r\n", Outcome.GARBLED),
        (b"HTTP/1.1 20 OK\r\n", Outcome.GARBLED),
        (b"<html>\n", Outcome.GARBLED),
        (b"A" * 5000, Outcome.GARBLED),
        (b"HTTP/1.1 200 OK", Outcome.GARBLED),
        (b"", Outcome.CLOSED),
    ],
)
def test_any_well_formed_status_line_is_a_reply(received: bytes, outcome: Outcome) -> None:
    """What the page says is not ours to judge; a line without an end is none."""
    assert head(Script(received), "pay.example", "/").outcome is outcome


def test_a_line_without_an_end_is_not_read_for_ever() -> None:
    """512 bytes are enough to see that no status line comes."""
    stream = Script(*[b"A" * 100] * 100)
    sign = head(stream, "pay.example", "/")

    assert (sign.outcome, sign.seen) == (Outcome.GARBLED, "bytes that are not HTTP")
    assert stream.left == 94


def test_the_request_is_small_and_asks_for_no_body() -> None:
    """HEAD, one path, and the connection ends."""
    stream = Script(b"HTTP/1.1 200 OK\r\n")
    head(stream, "pay.example", "/gateway.do")

    assert stream.sent == (
        b"HEAD /gateway.do HTTP/1.1\r\nHost: pay.example\r\n"
        b"User-Agent: poshealth\r\nConnection: close\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("header", "date"),
    [
        (b"Date: Mon, 30 Nov 2026 16:11:31 GMT\r\n", 1796055091.0),
        (b"Server: x\r\ndate:Mon, 30 nov 2026 16:11:31 GMT\r\nX: y\r\n", 1796055091.0),
        (b"Date: Mon, 30 Nov 2026 16:11:31 GMT", None),  # the rest has not come yet
        (b"Date: Mon, 30 Foo 2026 16:11:31 GMT\r\n", None),
        (b"Date: Mon, 30 Nov 0000 16:11:31 GMT\r\n", None),
        (b"Date: Monday, 30-Nov-26 16:11:31 GMT\r\n", None),  # of before RFC 1123
        (b"Date: 1796055091\r\n", None),
        (b"", None),
    ],
)
def test_what_time_it_is_at_the_host(header: bytes, date: float | None) -> None:
    """Where the date comes with the status line; nothing is waited for."""
    stream = Script(b"HTTP/1.1 200 OK\r\n" + header, b"never read")

    assert head(stream, "gateway.example", "/").date == date
    assert stream.left == 1
