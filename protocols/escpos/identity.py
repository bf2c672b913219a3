"""Who the printer is, where it tells: GS I, for a port that is ours alone."""

from __future__ import annotations

import time

from protocols.escpos.port import Port
from protocols.escpos.stream import INFORMATION, sort

# GS I n with block replies of at most 80 characters, TM-J2000 guide p. 469.
FIELDS = {"maker": 66, "model": 67, "firmware": 65, "serial_number": 68, "fonts": 69}
_ANSWER_SECONDS = 0.3


def ask_identity(port: Port, deadline: float) -> dict[str, str]:
    """What it tells of FIELDS, at most 80 printable characters each; stops at the first question unanswered.

    To a printer that does not know GS I the question may be text to print. Clones are known to give another
    maker's name. `deadline` of time.monotonic(). Raise OSError where the port goes.
    """
    found: dict[str, str] = {}
    for field, number in FIELDS.items():
        told = _ask(port, number, min(deadline, time.monotonic() + _ANSWER_SECONDS))
        if told is None:
            break
        found[field] = told
    return found


def _ask(port: Port, number: int, until: float) -> str | None:
    try:
        port.write(bytes((0x1D, 0x49, number)), until)
    except TimeoutError:
        return None
    received = b""
    while piece := port.read(until):
        received += piece
        for block in sort(received).blocks:
            if block.head == INFORMATION:
                return "".join(chr(byte) for byte in block.body if 0x20 <= byte < 0x7F)
    return None
