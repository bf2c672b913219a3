"""What is sent behind a slip so that the printer tells what became of it, and how its answer reads."""

from __future__ import annotations

import secrets
from typing import Final

from protocols.escpos.fixed_bits import is_frame_tail

FENCE: Final = b"\x1dr\x01"
"""GS r 1: answered in order, so the data before it was processed (TM-T88III guide, GS r)."""

_ASK: Final = b"\x1d(H\x06\x0000"  # GS ( H fn 48 pL pH fn m d1..d4 (TM-T88III guide pp. 425-428)
_ANSWER: Final = b"\x37\x22"
_OURS: Final = b"PH"
_LETTERS: Final = range(0x30, 0x7F)  # d is 20h to 7Eh; without space and punctuation it reads in a log
MARK_BYTES: Final = 4


def new_mark() -> bytes:
    """Four bytes that come back with the answer: an answer to an earlier slip is not taken for this one's."""
    return _OURS + bytes(secrets.choice(_LETTERS) for _ in range(MARK_BYTES - len(_OURS)))


def end_of_job(mark: bytes) -> bytes:
    """GS ( H, sent back when what stands before it is printed, and GS r 1 for a printer without it."""
    return _ASK + mark + FENCE


def answer(mark: bytes) -> bytes:
    """37 22 d1 d2 d3 d4 00. Its framing is not on a vendor page we have read."""
    return _ANSWER + mark + b"\x00"


def may_be_answer(octets: bytes) -> bool:
    """Whether these are the first bytes, or all, of the answer to any slip of ours."""
    fixed = _ANSWER + _OURS
    whole = len(fixed) + MARK_BYTES - len(_OURS) + 1
    if octets[: len(fixed)] != fixed[: len(octets)] or len(octets) > whole:
        return False
    middle = octets[len(fixed) : whole - 1]
    return all(octet in _LETTERS for octet in middle) and (len(octets) < whole or octets[-1] == 0)


def is_fence_answer(octet: int) -> bool:
    """`0xx0xxxx`, outside a frame: no reply to a real-time question (printer manuals, GS r)."""
    return is_frame_tail(octet)
