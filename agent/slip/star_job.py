"""A slip in Star's line mode: ASCII text, a QR of the printer's own, cut; all else as a picture.

Pages are of the line mode command specification for line thermal/dot printers, rev. 0.00. How a Star printer
is told to print simplified Chinese stands in no specification we have read (they know JIS, p. 3-74),
so Chinese goes as a picture.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from agent.slip.slips import Slip

RESET: Final = b"\x1b@"  # p. 3-60 of rev. 1.12: also character pitch, line feed, alignment, code page
CUT: Final = b"\x1bd\x02"
"""ESC d 2, p. 3-60: feed to the cutter, full cut; without a cutter the feed alone."""

BAND_DOTS: Final = 24
_STRONG, _PLAIN = b"\x1bE", b"\x1bF"  # p. 2-1
CENTRE, LEFT = b"\x1b\x1da\x01", b"\x1b\x1da\x00"  # p. 3-42
_MODEL_2: Final = b"\x1b\x1dyS0\x02"  # pp. 3-143 to 3-147
_LEVEL_M: Final = b"\x1b\x1dyS1\x01"
_CELL: Final = b"\x1b\x1dyS2\x04"
_DATA: Final = b"\x1b\x1dyD1\x00"
_PRINT_QR: Final = b"\x1b\x1dyP"
_BANDS_BELOW_EACH_OTHER: Final = b"\x1b0"
"""ESC 0, p. 3-27: 3 mm a line, which is 24 dots at 8 a millimetre (p. 3-36 of rev. 1.12)."""


def text(slip: Slip, plain_frame: str) -> bytes:
    """Empty where it is not all ASCII."""
    frame, *rest = slip.lines
    try:
        coded = [(line.text.encode("ascii"), line.style.value == "strong") for line in rest]
    except UnicodeEncodeError:
        return b""
    first = plain_frame.center(slip.columns).rstrip().encode(), frame.style.value == "strong"
    return b"".join(
        _STRONG + each + _PLAIN + b"\n" if strong else each + b"\n" for each, strong in (first, *coded)
    )


def qr(payload: str) -> bytes:
    """Four empty modules around it are the host's to leave (p. 3-147)."""
    octets = payload.encode("ascii")
    size = len(octets).to_bytes(2, "little")
    symbol = _MODEL_2 + _LEVEL_M + _CELL + _DATA + size + octets + _PRINT_QR
    return CENTRE + b"\n" + symbol + b"\n" + LEFT


def picture(bands: Iterable[bytes], width_bytes: int) -> Iterable[bytes]:
    """ESC k n1 n2, p. 3-51: 24 rows of n1 bytes, a bit a dot, and a line feed."""
    yield _BANDS_BELOW_EACH_OTHER
    for band in bands:
        yield b"\x1bk" + bytes((width_bytes, 0)) + band.ljust(BAND_DOTS * width_bytes, b"\x00") + b"\n"
