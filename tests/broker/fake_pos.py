"""A POS application: opens the port the broker gave it, prints receipts, asks for status; and what of
ours came between its jobs.
"""

from __future__ import annotations

import os
import re
import select
import termios
import time
import tty
from itertools import accumulate
from pathlib import Path
from typing import Self

OURS = re.compile(rb"\x10\x04[\x01-\x04]")
INITIALISE, CUT = b"\x1b@", b"\x1dV\x00"
PICTURE = b"\x1dv0\x00\x04\x00\x08\x00" + bytes(range(0x20, 0x40))


def receipt(number: int) -> bytes:
    """Text, a picture, Chinese, a cut: unlike any other by its number."""
    lines = b"".join(b"%06d item %d  12.00\n" % (number, item) for item in range(4))
    return INITIALISE + lines + PICTURE + "合计 48.00\n".encode("gb18030") + CUT


def split_at_questions(received: bytes) -> set[int]:
    """After how many bytes of the POS each question of ours came."""
    return {at.start() - 3 * number for number, at in enumerate(OURS.finditer(received))}


def ends_of(receipts: list[bytes]) -> set[int]:
    return {0, *accumulate(map(len, receipts))}


class FakePos:
    """A serial port as pyserial sets it, without pyserial's own opinions."""

    def __init__(self, path: Path, speed: int = termios.B9600, *, xonxoff: bool = False) -> None:
        self.port = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.port, termios.TCSANOW)  # TCSAFLUSH would hide what a program before left
        attributes = termios.tcgetattr(self.port)
        attributes[4] = attributes[5] = speed
        attributes[0] |= termios.IXON if xonxoff else 0
        termios.tcsetattr(self.port, termios.TCSANOW, attributes)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.port)

    def send(self, octets: bytes) -> None:
        """Every byte is accepted when this returns."""
        while octets:
            octets = octets[os.write(self.port, octets) :]

    def hear(self, seconds: float = 2.0, *, at_least: int = 1) -> bytes:
        heard = b""
        until = time.monotonic() + seconds
        while (
            len(heard) < at_least and select.select([self.port], [], [], max(0, until - time.monotonic()))[0]
        ):
            heard += os.read(self.port, 512)
        return heard
