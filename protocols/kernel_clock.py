"""Whether the kernel holds the clock to be synchronised: adjtimex(2), which any user may read."""

from __future__ import annotations

import ctypes
from typing import Final

_STRUCT_BYTES: Final = 512  # struct timex is 208 on 64-bit; the kernel writes no more than its own
_STATUS_OFFSET: Final = 40 if ctypes.sizeof(ctypes.c_long) == 8 else 20  # modes, offset, freq, errors, status
_UNSYNCHRONISED: Final = 0x0040  # STA_UNSYNC, linux/timex.h
_ERROR: Final = 5  # TIME_ERROR


def synchronised() -> bool | None:
    """None where the kernel would not say."""
    timex = ctypes.create_string_buffer(_STRUCT_BYTES)  # all zero: modes 0 changes nothing
    state = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    if state < 0:
        return None
    status = ctypes.c_int.from_buffer(timex, _STATUS_OFFSET).value
    return state != _ERROR and not status & _UNSYNCHRONISED
