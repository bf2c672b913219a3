"""What a serial line is set to, so far as a pty can tell it and a port must follow."""

from __future__ import annotations

import termios
from typing import Any, Final, NamedTuple

_FLOW: Final = termios.IXON | termios.IXOFF | termios.IXANY
# Not CSIZE and PARENB: a pty always says 8 bits and no parity (pty_set_termios in drivers/tty/pty.c).
_SHAPE: Final = termios.CSTOPB | termios.CRTSCTS
PARITIES: Final = {"none": 0, "even": termios.PARENB, "odd": termios.PARENB | termios.PARODD}


def speed_code(baud: int) -> int:
    """Raise ValueError for a speed that termios has no name for."""
    code = getattr(termios, f"B{baud}", None)
    if not isinstance(code, int) or baud <= 0:
        raise ValueError(f"{baud} baud: not a standard speed")
    return code


class Line(NamedTuple):
    """Speed as termios code; flow and shape as flag bits; XON and XOFF characters."""

    speed: int
    flow: int
    shape: int
    start: bytes
    stop: bytes

    @property
    def has_rts_cts(self) -> bool:
        return bool(self.shape & termios.CRTSCTS)


def read_line(descriptor: int) -> Line:
    """Of a pty's master: what the program at the other end has set. Raise termios.error."""
    attributes = termios.tcgetattr(descriptor)
    letters = attributes[6]
    return Line(
        speed=attributes[5],
        flow=attributes[0] & _FLOW,
        shape=attributes[2] & _SHAPE,
        start=letters[termios.VSTART],
        stop=letters[termios.VSTOP],
    )


def write_line(descriptor: int, line: Line, parity: int, *, rts_cts: bool = True) -> None:
    """Raw, at once. No HUPCL: with DIP 2-7 on a printer resets when DTR drops (TM-T88 series p. 102).

    Raise termios.error.
    """
    shape = line.shape if rts_cts else line.shape & ~termios.CRTSCTS
    letters: list[Any] = list(termios.tcgetattr(descriptor)[6])
    letters[termios.VSTART], letters[termios.VSTOP] = line.start, line.stop
    letters[termios.VMIN], letters[termios.VTIME] = 1, 0
    control = termios.CS8 | termios.CREAD | termios.CLOCAL | parity | shape
    attributes: list[Any] = [line.flow, 0, control, 0, line.speed, line.speed, letters]
    termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
