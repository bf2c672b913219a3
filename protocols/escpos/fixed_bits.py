"""Which byte of a printer is which, by the bits that never change."""

from __future__ import annotations

# "Transmission status identification", Epson TM-U230 and TM-U295 manuals, Citizen CT-S310II 5.3:
# DLE EOT replies are 0xx1xx10, ASB byte 1 is 0xx1xx00, ASB bytes 2-4 are 0xx0xxxx.
_IDENTIFYING_BITS = 0x93
_REAL_TIME = 0x12
_FRAME_HEAD = 0x10
_FRAME_TAIL_BITS = 0x90


def is_real_time_reply(byte: int) -> bool:
    return byte & _IDENTIFYING_BITS == _REAL_TIME


def is_frame_head(byte: int) -> bool:
    return byte & _IDENTIFYING_BITS == _FRAME_HEAD


def is_frame_tail(byte: int) -> bool:
    return not byte & _FRAME_TAIL_BITS
