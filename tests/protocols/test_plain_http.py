"""Plain HTTP as honest and hostile servers answer it."""

from __future__ import annotations

import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.plain_http import (
    MAX_ANSWER_BYTES,
    Answer,
    Url,
    ask,
    connect_through,
    get,
    parse,
    parse_url,
    printable,
)
from tests.spoken_lines import line_server, say

PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def redirect(location: bytes) -> bytes:
    return b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\n\r\n"


def connect(address: str, port: int, timeout_seconds: float) -> socket.socket:
    return socket.create_connection((address, port), timeout_seconds)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://check.example", Url("check.example", 80, "/")),
        ("http://check.example:8080/a/b?c=d", Url("check.example", 8080, "/a/b?c=d")),
        ("http://[fd00::2]/x", Url("fd00::2", 80, "/x")),
    ],
)
def test_a_url_is_taken_apart(text: str, url: Url) -> None:
    assert parse_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "https://check.example/",
        "check.example",
        "http://",
        "http://a:b@c/",
        "http://a/\u00e9",
        "http://a/b c",
        "http://a:x/",
    ],
)
def test_what_is_no_plain_url_is_refused(text: str) -> None:
    """TLS cannot show a login page, and no password is sent."""
    with pytest.raises(ValueError, match=r"http|path|[Pp]ort"):
        parse_url(text)


def test_the_questions_on_the_wire() -> None:
    """RFC 9112 3.2: Host, also in a CONNECT."""
    assert get(Url("a.example", 81, "/x")).startswith(b"GET /x HTTP/1.1\r\nHost: a.example:81\r\n")
    assert connect_through("b.example:443").startswith(
        b"CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n"
    )


@pytest.mark.parametrize(
    ("received", "answer"),
    [
        (PAGE, Answer(status=200, body=b"hello")),
        (b"HTTP/1.0 204\r\n\r\n", Answer(status=204)),
        (redirect(b"http://u:p@10.8.0.1:8080/login?mac=aa"), Answer(status=302, location="10.8.0.1:8080")),
        (redirect(b"/login?who=me"), Answer(status=302, location="/login")),
        (redirect(b"//\xff\x1b[31m/"), Answer(status=302, location="??[31m")),
        (redirect(b"x" * 500), Answer(status=302, location="x" * 60)),
        (b"HTTP/1.1 302 Found\nlocation: //a\n\n", Answer(status=302, location="a")),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Answer(status=0, body=b"SSH-2.0-OpenSSH_9.2\r\n")),
        (b"HTTP/1.1 999 No\r\n\r\n", Answer(status=0, body=b"HTTP/1.1 999 No\r\n\r\n")),
        (b"", Answer(status=0)),
    ],
)
def test_an_answer_is_taken_apart(received: bytes, answer: Answer) -> None:
    """Of a redirect the host alone is kept: the rest may say who asked."""
    assert parse(received) == answer


def test_a_page_that_comes_in_pieces_is_whole() -> None:
    """And the connection need not be closed for that."""
    with line_server(say(PAGE[:10], PAGE[10:40], PAGE[40:]), hold=True) as port:
        assert ask("127.0.0.1", port, b"GET / HTTP/1.1\r\n\r\n", 3.0, connect).body == b"hello"


def test_a_page_without_end_is_cut_by_its_size() -> None:
    with line_server(say(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 200_000)) as port:
        answer = ask("127.0.0.1", port, b"GET / HTTP/1.1\r\n\r\n", 3.0, connect)
    assert answer.status == 200
    assert len(answer.body) < MAX_ANSWER_BYTES


@pytest.mark.parametrize("pieces", [[], [b"HTTP/1.1 2"], [b"x"] * 500])
def test_a_server_that_dawdles_is_left_at_the_deadline(pieces: list[bytes]) -> None:
    """Drop by drop as well: the deadline is the clock's, not a gap's."""
    begun = time.monotonic()
    with line_server(say(*pieces), hold=True) as port, pytest.raises(TimeoutError):
        ask("127.0.0.1", port, b"GET / HTTP/1.1\r\n\r\n", 0.3, connect)
    assert time.monotonic() - begun < 2.0


def test_a_header_alone_will_do_for_a_tunnel() -> None:
    with line_server(say(b"HTTP/1.1 200 Connection established\r\n\r\n"), hold=True) as port:
        answer = ask("127.0.0.1", port, connect_through("a:1"), 3.0, connect, head_only=True)
    assert answer.status == 200


@given(st.binary(max_size=300))
def test_no_answer_upsets_the_parser(tail: bytes) -> None:
    """Whatever follows a status line, and whatever comes instead of one."""
    for received in (tail, b"HTTP/1.1 302 X\r\nLocation:" + tail):
        answer = parse(received)
        assert len(answer.location) <= 60
        assert answer.location.isprintable()


def test_what_stands_in_a_report_is_printable() -> None:
    assert printable(b"a\nb\xffc\x7f") == "a?b?c?"
