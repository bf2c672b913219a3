"""How much a printer has done, where it tells: GS g 2, for a port that is ours alone."""

from __future__ import annotations

import time
from typing import Final

from protocols.escpos.port import Port
from protocols.escpos.stream import INFORMATION, sort

# Resettable counters, which start anew with a new head or cutter: Epson's page of GS g 2, Citizen CT-S2000,
# HCC POS80B and REGO DTP58 manuals. 20 and 50 are times, 21 energisings of the head, 70 hours.
COUNTERS: Final = {"lines_fed": 20, "head_energisings": 21, "cuts": 50, "hours_on": 70}
_MOST_DIGITS: Final = 10
_ANSWER_SECONDS: Final = 0.3


def ask_counters(port: Port, deadline: float) -> dict[str, int]:
    """What it tells of COUNTERS, one question at a time; stops at the first unanswered or not a number.

    Never GS g 0, which writes to the printer's memory. `deadline` of time.monotonic(). Raise OSError where
    the port goes.
    """
    found: dict[str, int] = {}
    for name, number in COUNTERS.items():
        told = _ask(port, number, min(deadline, time.monotonic() + _ANSWER_SECONDS))
        if told is None:
            break
        found[name] = told
    return found


def _ask(port: Port, number: int, until: float) -> int | None:
    try:
        port.write(bytes((0x1D, 0x67, 0x32, 0x00, number, 0x00)), until)
    except TimeoutError:
        return None
    received = b""
    while piece := port.read(until):
        received += piece
        for block in sort(received).blocks:
            if block.head == INFORMATION:
                return _number(block.body)
    return None


def _number(body: bytes) -> int | None:
    """1 to 10 ASCII digits; int() alone would take a sign, spaces and underscores."""
    fits = 1 <= len(body) <= _MOST_DIGITS and all(0x30 <= byte <= 0x39 for byte in body)
    return int(body) if fits else None
