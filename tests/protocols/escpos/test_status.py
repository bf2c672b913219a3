"""The status bytes of an ESC/POS printer, decoded by their fixed bits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.escpos.fixed_bits import is_real_time_reply
from protocols.escpos.status import RealTime, decode_automatic, decode_real_time

VALID = [byte for byte in range(256) if f"{byte:08b}"[0] == "0" and f"{byte:08b}"[3] == "1" and byte & 3 == 2]


def flags(said: object) -> set[str]:
    return {name for name in said.__struct_fields__ if getattr(said, name)}  # type: ignore[attr-defined]


def test_sixteen_bytes_are_replies_and_no_others() -> None:
    """0xx1xx10, written out bit by bit here."""
    assert [byte for byte in range(256) if is_real_time_reply(byte)] == VALID
    assert len(VALID) == 16


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        # 12 is the idle reply to each
        ((0x12, 0x12, 0x12, 0x12), set()),
        # one bit at a time, TM-T88III guide pp. 304 ff.
        ((0x16, 0x12, 0x12, 0x12), {"drawer_pin_high"}),
        ((0x1A, 0x12, 0x12, 0x12), {"offline"}),
        ((0x32, 0x12, 0x12, 0x12), {"waiting_recovery"}),
        ((0x52, 0x12, 0x12, 0x12), {"feed_button"}),
        ((0x12, 0x16, 0x12, 0x12), {"cover_open"}),
        ((0x12, 0x1A, 0x12, 0x12), {"feed_button"}),
        ((0x12, 0x32, 0x12, 0x12), {"paper_out"}),
        ((0x12, 0x52, 0x12, 0x12), {"error"}),
        ((0x12, 0x12, 0x16, 0x12), {"recoverable_error"}),
        ((0x12, 0x12, 0x1A, 0x12), {"cutter_error"}),
        ((0x12, 0x12, 0x32, 0x12), {"unrecoverable_error"}),
        ((0x12, 0x12, 0x52, 0x12), {"head_hot"}),
        ((0x12, 0x12, 0x12, 0x1E), {"near_end"}),
        ((0x12, 0x12, 0x12, 0x72), {"paper_out"}),
        ((0x12, 0x12, 0x12, 0x7E), {"near_end", "paper_out"}),
        # half pairs: a presenter's sensor (PPU-231II, bit 6 alone), half a near end
        ((0x12, 0x12, 0x12, 0x52), set()),
        ((0x12, 0x12, 0x12, 0x16), set()),
        # the published triple of an empty roll
        ((0x1A, 0x32, 0x12, 0x7E), {"offline", "near_end", "paper_out"}),
    ],
)
def test_each_bit_says_one_thing(replies: tuple[int, ...], said: set[str]) -> None:
    """Four replies, and every flag they raise."""
    assert flags(decode_real_time(dict(enumerate(replies, start=1)))) == said


@settings(deadline=None)
@given(st.dictionaries(st.integers(), st.integers(0, 255)))
def test_bytes_without_the_fixed_bits_say_nothing(replies: dict[int, int]) -> None:
    """No exception on any byte, and no flag from one that is not a reply."""
    valid = {number: byte for number, byte in replies.items() if byte in VALID}
    assert decode_real_time(replies) == decode_real_time(valid)
    assert (
        decode_real_time({number: byte for number, byte in replies.items() if byte not in VALID})
        == RealTime()
    )


@pytest.mark.parametrize(
    ("replies", "stopped"),
    [
        ((0x12, 0x12, 0x12), False),
        ((0x1A, 0x12, 0x12), True),
        # somebody feeds paper
        ((0x5A, 0x1A, 0x12), False),
        # an error that n=3 does not name, with and without the offline bit
        ((0x12, 0x52, 0x12), True),
        ((0x12, 0x52, 0x1A), False),
    ],
)
def test_offline_counts_unless_somebody_feeds_paper(replies: tuple[int, ...], stopped: bool) -> None:
    """The feed button takes a printer offline for as long as it is pressed."""
    assert decode_real_time(dict(enumerate(replies, start=1))).is_stopped is stopped


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ("10000000", set()),
        ("1400000F", {"drawer_pin_high"}),
        ("18000000", {"offline"}),
        ("38000000", {"offline", "cover_open"}),
        ("50020000", {"feed_button"}),
        ("10010000", {"waiting_recovery"}),
        ("10040000", {"recoverable_error"}),
        ("10080000", {"cutter_error"}),
        ("10200000", {"unrecoverable_error"}),
        ("10400000", {"head_hot"}),
        ("10000300", {"near_end"}),
        ("18000F00", {"offline", "near_end", "paper_out"}),
    ],
)
def test_each_bit_of_an_automatic_frame_says_one_thing(frame: str, said: set[str]) -> None:
    """TM-T88III guide pp. 316-325."""
    decoded = decode_automatic(bytes.fromhex(frame))
    assert decoded is not None
    assert flags(decoded) == said


@settings(deadline=None)
@given(st.binary(max_size=6))
def test_only_four_bytes_with_the_fixed_bits_are_a_frame(frame: bytes) -> None:
    """Head 0xx1xx00, then three of 0xx0xxxx."""
    bits = [f"{byte:08b}" for byte in frame]
    head = len(bits) == 4 and bits[0][0] + bits[0][3] + bits[0][6:] == "0100"
    assert (decode_automatic(frame) is not None) == (head and all(b[0] + b[3] == "00" for b in bits[1:]))
