"""Which of a printer's bytes are replies, frames, blocks, or none of these."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.escpos.stream import Block, Sorted, sort

FRAME = bytes.fromhex("1400000F")


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("", Sorted()),
        ("12", Sorted(replies=(0x12,))),
        # a frame that a change of state put before, behind or between
        ("1400000F 12", Sorted(replies=(0x12,), frames=(FRAME,))),
        ("12 1400000F", Sorted(replies=(0x12,), frames=(FRAME,))),
        # XON and XOFF anywhere, XOFF inside a frame
        ("13 12 11", Sorted(replies=(0x12,))),
        ("14 00 13 00 0F", Sorted(frames=(FRAME,))),
        # inside a block nothing is a status, though "2" is 32
        ("5F 32 32 00", Sorted(blocks=(Block(0x5F, b"22"),))),
        ("37 22 41 42 43 44 00 12", Sorted(replies=(0x12,), blocks=(Block(0x37, b'"ABCD'),))),
        # what has begun and may go on
        ("14 00 00", Sorted(unfinished=bytes.fromhex("140000"))),
        ("5F 45 50", Sorted(unfinished=b"\x5fEP")),
        ("12 10", Sorted(replies=(0x12,), unfinished=b"\x10")),
        # what cannot
        ("14 00 80 12", Sorted(replies=(0x12,), junk=bytes.fromhex("140080"))),
        ("FA FF 00", Sorted(junk=bytes.fromhex("FAFF00"))),
        # our own question coming back: three bytes of a frame that never ends
        ("10 04 01", Sorted(unfinished=bytes.fromhex("100401"))),
    ],
)
def test_bytes_are_sorted_by_their_fixed_bits(received: str, expected: Sorted) -> None:
    """One row a stream, in the order it came."""
    assert sort(bytes.fromhex(received)) == expected


def test_a_block_longer_than_any_printer_sends_is_junk() -> None:
    """80 characters is the most (TM-J2000 guide p. 469)."""
    assert sort(b"\x5f" + b"A" * 80 + b"\x00").blocks == (Block(0x5F, b"A" * 80),)
    assert sort(b"\x5f" + b"A" * 81 + b"\x00").blocks == ()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_byte_is_lost_or_counted_twice(received: bytes) -> None:
    """Any bytes at all: each is in one field, but for XON and XOFF."""
    found = sort(received)
    pieces = [bytes(found.replies), *found.frames, *(bytes((b.head, *b.body, 0)) for b in found.blocks)]
    counted = b"".join([*pieces, found.junk, found.unfinished])
    assert sorted(counted.translate(None, b"\x11\x13")) == sorted(received.translate(None, b"\x11\x13"))


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([FRAME, b"\x11", b"\x13", b"\x5fEPSON\x00"])), st.binary(min_size=1, max_size=8)
)
def test_noise_is_never_an_answer(around: list[bytes], noise: bytes) -> None:
    """Only a byte with the fixed bits, alone among frames and flow control; noise beside it undoes it."""
    reply = sort(b"".join(around) + noise).only_reply
    left = noise.translate(None, b"\x11\x13")
    if reply is not None and len(left) < 4:
        assert len(left) == 1
        assert f"{left[0]:08b}"[0] + f"{left[0]:08b}"[3] + f"{left[0]:08b}"[6:] == "0110"
