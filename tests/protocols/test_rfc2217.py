"""The client's side of RFC 2217, byte by byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.rfc2217 import MODEM_LINES, Stream, command, escaped


def test_settings_are_written_as_in_the_rfc() -> None:
    """Section 3: IAC SB COM-PORT-OPTION SET-BAUD <value(4)> IAC SE; an FF inside is doubled."""
    assert command(1, (9600).to_bytes(4)) == bytes.fromhex("ff fa 2c 01 00 00 25 80 ff f0")
    assert command(11, b"\xff") == bytes.fromhex("ff fa 2c 0b ff ff ff f0")


@given(st.binary(max_size=60), st.integers(min_value=1, max_value=7))
def test_data_comes_through_unchanged_however_it_is_cut(payload: bytes, size: int) -> None:
    """Also when a doubled FF arrives in two pieces."""
    stream, wire = Stream(), escaped(payload)
    pieces = [stream.feed(wire[at : at + size]) for at in range(0, len(wire), size)]

    assert b"".join(plain for plain, _ in pieces) == payload
    assert all(answer == b"" for _, answer in pieces)


@given(st.lists(st.sampled_from([255, 254, 253, 252, 251, 250, 240, 44, 107, 0, 18]), max_size=200))
def test_no_bytes_are_too_strange(received: list[int]) -> None:
    """An answer is never longer than what asked for it, so two ends cannot talk each other up."""
    plain, answer = Stream().feed(bytes(received))

    assert len(plain) + len(answer) <= len(received)


def test_the_servers_word_is_kept() -> None:
    """Acceptance, a setting confirmed, the modem state; and the data between them."""
    stream = Stream()
    plain, answer = stream.feed(
        bytes.fromhex("ff fd 2c 12 ff fa 2c 65 00 00 25 80 ff f0 16 ff fa 2c 6b 30 ff f0")
    )

    assert (plain, answer, stream.accepted) == (b"\x12\x16", b"", True)
    assert stream.confirmed == {1: (9600).to_bytes(4)}
    assert stream.modem_state == MODEM_LINES["CTS"] | MODEM_LINES["DSR"]


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("ff fb 01", "ff fe 01"), ("ff fd 18", "ff fc 18"), ("ff fb 00", ""), ("ff fd 2c", "")],
)
def test_what_we_do_not_want_is_refused_once(asked: str, answered: str) -> None:
    """Echo, terminal type; what OPENING asked for needs no answer. Once, or two ends might go on for ever."""
    stream = Stream()

    assert stream.feed(bytes.fromhex(asked))[1] == bytes.fromhex(answered)
    assert stream.feed(bytes.fromhex(asked))[1] == b""
