"""A Star printer's status bytes, written out from the manuals' tables."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.star import status as star
from protocols.star.status import Sorted, decode_automatic, decode_enquiry, decode_paper, frame_length, sort

IDLE = bytes.fromhex("23 06 00 00 00 00 00 00 00")


def flags(said: object) -> set[str]:
    return {name for name in said.__struct_fields__ if getattr(said, name) is True}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("header", "length"),
    # p. 5-7: bits 1 to 3 are the low bits of the length, 5 and 6 the high ones; 7 is the least there is
    [
        *[(0x0F, 7), (0x21, 8), (0x23, 9), (0x25, 10), (0x6F, 31), (0x0D, 0), (0x01, 0)],
        # bit 0 clear, bit 4 or bit 7 set: no header
        *[(0x22, 0), (0x33, 0), (0xA3, 0), (0x12, 0), (0xFF, 0)],
    ],
)
def test_the_first_header_says_how_long_the_frame_is(header: int, length: int) -> None:
    """Both headers count."""
    assert frame_length(header) == length


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("00 00 00 00 00", set()),
        # printer status 1, p. 5-9
        ("02 00 00 00 00", {"etb_done"}),
        ("04 00 00 00 00", {"drawer_switch"}),
        ("08 00 00 00 00", {"offline"}),
        ("20 00 00 00 00", {"cover_open"}),
        ("40 00 00 00 00", {"offline_by_switch"}),
        # printer status 2
        ("00 04 00 00 00", {"mechanical_error"}),
        ("00 08 00 00 00", {"cutter_error"}),
        ("00 20 00 00 00", {"unrecoverable_error"}),
        ("00 40 00 00 00", {"head_hot"}),
        # printer status 3
        ("00 00 02 00 00", {"head_up"}),
        ("00 00 04 00 00", {"presenter_jam"}),
        ("00 00 08 00 00", {"black_mark_error"}),
        ("00 00 40 00 00", {"buffer_overflow"}),
        # printer status 4, p. 5-10
        ("00 00 00 02 00", {"near_end"}),
        ("00 00 00 04 00", {"near_end"}),
        ("00 00 00 08 00", {"paper_out"}),
        # slip and presenter sensors are no receipt printer's
        ("00 00 00 00 6E", set()),
        # what is fixed, not used, or of page mode alone
        ("00 02 20 60 00", set()),
        # together
        ("28 00 00 0C 00", {"offline", "cover_open", "near_end", "paper_out"}),
    ],
)
@pytest.mark.parametrize("head", ["0F 02", "21 04", "23 06"], ids=["7 bytes", "8 bytes", "9 bytes"])
def test_each_bit_of_a_frame_says_one_thing(head: str, status: str, said: set[str]) -> None:
    """Whatever the length, the status stands in the third to the seventh byte."""
    frame = bytes.fromhex(head + status) + bytes(frame_length(bytes.fromhex(head)[0]) - 7)
    decoded = decode_automatic(frame)
    assert decoded is not None
    assert flags(decoded) == said


@pytest.mark.parametrize(("byte", "count"), [(0x00, 0), (0x02, 1), (0x0E, 7), (0x20, 8), (0x6E, 31)])
def test_the_counter_of_print_ends_is_five_bits(byte: int, count: int) -> None:
    """P. 5-11: bits 1 to 3, 5 and 6; a frame of seven bytes has none."""
    decoded = decode_automatic(IDLE[:7] + bytes((byte, 0)))
    short = decode_automatic(bytes.fromhex("0F 02 00 00 00 00 00"))
    assert decoded is not None
    assert short is not None
    assert (decoded.etb_count, short.etb_count, short.version) == (count, None, 1)


def test_the_counter_runs_from_31_to_0() -> None:
    """P. 5-11."""
    assert (star.etbs_between(3, 5), star.etbs_between(31, 0), star.etbs_between(7, 7)) == (2, 1, 0)


@pytest.mark.parametrize(
    ("byte", "said"),
    [
        (0x01, {"parity_error"}),
        (0x02, {"framing_error"}),
        (0x04, {"other_error"}),
        (0x08, {"paper_out"}),
        (0x20, {"buffer_empty"}),
        (0x40, {"buffer_overflow"}),
        (0x80, set()),
    ],
)
def test_each_bit_of_an_enquiry_says_one_thing(byte: int, said: set[str]) -> None:
    """P. 5-6, and bit 4 is clear."""
    decoded = decode_enquiry(byte)
    assert decoded is not None
    assert flags(decoded) == said
    assert decode_enquiry(byte | 0x10) is None


@pytest.mark.parametrize(
    ("byte", "said"),
    [
        (0x10, set()),
        (0x14, {"near_end"}),
        (0x30, {"near_end"}),
        (0x18, {"paper_out"}),
        (0x1C, {"near_end", "paper_out"}),
    ],
)
def test_each_bit_of_the_paper_byte_says_one_thing(byte: int, said: set[str]) -> None:
    """P. 5-6: bit 4 is set and bit 0 clear."""
    decoded = decode_paper(byte)
    assert decoded is not None
    assert flags(decoded) == said
    assert decode_paper(byte | 0x01) is None
    assert decode_paper(byte & 0xEF) is None


@pytest.mark.parametrize("place", range(1, 9))
@pytest.mark.parametrize("bit", [0x01, 0x10, 0x80])
def test_a_fixed_bit_that_is_set_makes_it_no_frame(place: int, bit: int) -> None:
    """P. 5-11: bits 0, 4 and 7 of every byte behind the first are clear."""
    frame = bytearray(IDLE)
    frame[place] |= bit
    assert decode_automatic(bytes(frame)) is None
    assert sort(bytes(frame)).frames == ()


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (b"", Sorted()),
        (IDLE, Sorted(frames=(IDLE,))),
        (b"\x13" + IDLE[:4] + b"\x11" + IDLE[4:], Sorted(frames=(IDLE,))),
        (IDLE + IDLE, Sorted(frames=(IDLE, IDLE))),
        (IDLE[:5], Sorted(unfinished=IDLE[:5])),
        (IDLE[:5] + b"\xff", Sorted(junk=IDLE[:5] + b"\xff")),
        (b"\x00" + IDLE, Sorted(junk=b"\x00", frames=(IDLE,))),
        (b"\x12", Sorted(junk=b"\x12")),
        (star.STATUS_REQUEST, Sorted(junk=star.STATUS_REQUEST)),
    ],
)
def test_bytes_are_sorted_by_their_fixed_bits(received: bytes, expected: Sorted) -> None:
    """One row a stream; an ESC/POS reply and our own question coming back are junk here."""
    assert sort(received) == expected


@settings(deadline=None)
@given(st.binary(max_size=100))
def test_no_byte_is_lost_or_counted_twice(received: bytes) -> None:
    """Any bytes at all: each is in one field, but for XON and XOFF."""
    found = sort(received)
    counted = b"".join(found.frames) + found.junk + found.unfinished
    assert sorted(counted) == sorted(received.translate(None, b"\x11\x13"))
    assert all(decode_automatic(frame) is not None for frame in found.frames)
