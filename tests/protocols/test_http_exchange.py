"""One HTTP answer out of whatever bytes came: whole, bounded, or told as what it is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.http_exchange import MAX_BODY_BYTES, NotHttpError, read, request

HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = HEAD + b"Content-Type: application/json\r\nContent-Length: 4\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("received", "body"),
    [
        (LENGTH + b"true", b"true"),
        (LENGTH + b"true, and more", b"true"),
        (CHUNKED + b"2\r\ntr\r\n2;x=y\r\nue\r\n0\r\n\r\n", b"true"),
        (HEAD + b"Content-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 204\r\n\r\n", b""),
    ],
)
def test_an_answer_is_whole_when_its_own_length_says_so(received: bytes, body: bytes) -> None:
    """No end of the connection is waited for."""
    answer = read(received, ended=False)

    assert answer is not None
    assert answer.body == body


@pytest.mark.parametrize("received", [LENGTH + b"true", CHUNKED + b"4\r\ntrue\r\n0\r\n\r\n"])
def test_no_byte_less_is_enough(received: bytes) -> None:
    """And with the end of the connection it is cut short."""
    short = received[: received.rindex(b"e") if b"chunked" not in received else -5]
    for size in range(len(short)):
        assert read(received[:size], ended=False) is None
    with pytest.raises(NotHttpError, match="a reply cut short"):
        read(short, ended=True)


def test_without_a_length_the_end_of_the_connection_is_the_end() -> None:
    """As HTTP/1.0 has it."""
    received = HEAD + b"\r\n" + b"true"

    assert read(received, ended=False) is None
    answer = read(received, ended=True)
    assert answer is not None
    assert answer.body == b"true"


@pytest.mark.parametrize(
    ("received", "phrase"),
    [
        (b"<html>", "bytes that are not HTTP"),
        (b"\x15\x03\x01\0\2\2\x46", "bytes that are not HTTP"),
        (b"HTTP/2 200\r\n\r\n", "bytes that are not HTTP"),
        (b"HTTP/1.1 999 X\r\n\r\n", "bytes that are not HTTP"),
        (HEAD + b"no colon\r\n\r\n", "bytes that are not HTTP"),
        (HEAD + b"Content-Length: -1\r\n\r\n", "a length that cannot be"),
        (HEAD + b"Content-Length: 0x4\r\n\r\n", "a length that cannot be"),
        (CHUNKED + b"zz\r\n", "bytes that are not HTTP"),
        (CHUNKED + b"2\r\ntrueue", "bytes that are not HTTP"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "an answer nobody asked for"),
        (HEAD + b"X: " + b"y" * 20_000, "a reply cut short"),
        (CHUNKED + (b"1;" + b"x" * 10_000 + b"\r\ny\r\n") * 20, "more bytes than an answer may have"),
    ],
)
def test_what_is_no_answer(received: bytes, phrase: str) -> None:
    """Told at once, without waiting for more."""
    with pytest.raises(NotHttpError, match=phrase):
        read(received, ended=False)


@pytest.mark.parametrize("head", [HEAD + b"\r\n", HEAD + b"Content-Length: 999999999999\r\n\r\n"])
def test_a_body_without_an_end_is_cut(head: bytes) -> None:
    """64 KiB are read, not more."""
    answer = read(head + b"x" * (MAX_BODY_BYTES + 10), ended=False)

    assert answer is not None
    assert len(answer.body) == MAX_BODY_BYTES


@settings(max_examples=1500, deadline=None)
@given(
    start=st.sampled_from([b"", HEAD, LENGTH, CHUNKED, CHUNKED + b"2\r\n"]),
    rest=st.binary(max_size=80),
    ended=st.booleans(),
)
def test_whatever_comes_nothing_else_is_raised(start: bytes, rest: bytes, ended: bool) -> None:
    """An answer, more to wait for, or a fixed phrase; with the end there is nothing to wait for."""
    try:
        answer = read(start + rest, ended=ended)
    except NotHttpError:
        return
    assert answer is not None or not ended


def test_a_request_with_a_body_says_how_long_it_is() -> None:
    """And of what kind."""
    sent = request("POST", "10.0.0.9", "/nexo", b"{}", "application/json")

    assert sent == (
        b"POST /nexo HTTP/1.1\r\nHost: 10.0.0.9\r\nUser-Agent: poshealth\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )
