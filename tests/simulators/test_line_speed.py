"""What is heard at another speed, bit by bit."""

from __future__ import annotations

import pytest

from simulators.escpos_printer.transport import BAUD_RATES
from simulators.line_speed import frames, sampled

QUESTION = b"\x10\x04\x01"


@pytest.mark.parametrize(
    ("sent_at", "read_at", "heard"),
    [
        (9600, 19200, "00 60 00 06"),
        (9600, 115200, "00 00 00 00 00 00"),
        (19200, 9600, "2A FC"),
        (38400, 9600, "C0"),
        (115200, 9600, "FE"),
        (9600, 9600, "10 04 01"),
    ],
)
def test_the_question_at_another_speed(sent_at: int, read_at: int, heard: str) -> None:
    """Calculated by hand from the levels of an 8N1 line; at twice the speed a stop bit is missed in each."""
    assert sampled(QUESTION, sent_at, read_at) == bytes.fromhex(heard)


def test_a_slow_sender_breaks_the_frame_of_a_fast_receiver() -> None:
    """A byte's own zeros stand where the stop bit is looked for."""
    assert not any(is_framed for _, is_framed in frames(QUESTION, 9600, 19200))


@pytest.mark.parametrize("sent_at", BAUD_RATES)
def test_no_reply_at_another_speed_looks_like_a_reply(sent_at: int) -> None:
    """All sixteen with DLE EOT's fixed bits, at all other speeds: that tells a wrong speed from a fault."""
    replies = [bytes((octet,)) for octet in range(256) if octet & 0x93 == 0x12]
    others = [speed for speed in BAUD_RATES if speed != sent_at]
    heard = b"".join(sampled(reply, sent_at, speed) for reply in replies for speed in others)

    assert len(replies) == 16
    assert not [octet for octet in heard if octet & 0x93 == 0x12]
