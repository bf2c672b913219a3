"""What a Star printer in line mode puts on paper: text, emphasis, alignment, bit images, QR codes, cuts.

Written from the line mode command specification for line thermal/dot printers, rev. 0.00; pages are its.
"""

from simulators.escpos_printer.paper import (
    Bitmap,
    Cut,
    Feed,
    Glyph,
    Item,
    Line,
    QrCode,
    Style,
)

DOTS_PER_MM = 8
POWER_ON_SPACING = 4 * DOTS_PER_MM
"""The factory's memory switch; 3 mm is the other one (p. 3-27)."""
BAND_ROWS = 24
FEED_TO_CUTTER = 10 * DOTS_PER_MM

# Whole lengths of commands that have a fixed one, by their first bytes, the longest first.
LENGTHS = {
    b"\x1b\x1dyP": 4,  # p. 3-147
    b"\x1b\x1dyS": 6,  # pp. 3-143, 3-144
    b"\x1b\x1da": 4,  # p. 3-42
    b"\x1b\x1e": 4,  # ESC RS E n, ESC RS a n
    b"\x1b\x06": 3,
    b"\x1b@": 2,
    b"\x1bd": 3,  # p. 3-60
    b"\x1bE": 2,
    b"\x1bF": 2,
    b"\x1b0": 2,  # p. 3-27
    b"\x1bz": 3,
    b"\x1ba": 3,
}


def length(head: bytes) -> int | None:
    """Bytes of the command that begins so; None while that cannot be told. An unknown one has two."""
    if head[:1] != b"\x1b":
        return 1
    if head[:2] == b"\x1bk":  # p. 3-51: n1 + n2 x 256 bytes in each of 24 rows
        return 4 + BAND_ROWS * (head[2] + 256 * head[3]) if len(head) >= 4 else None
    if head[:4] == b"\x1b\x1dyD":  # p. 3-145: D 1 m nL nH, then as many bytes
        return 8 + head[6] + 256 * head[7] if len(head) >= 8 else None
    for start, fixed in LENGTHS.items():
        if head.startswith(start):
            return fixed
    undecided = any(start.startswith(head) for start in (*LENGTHS, b"\x1bk", b"\x1b\x1dyD"))
    return None if undecided else 2


class StarTypesetter:
    """`items` is the paper; `unknown` are commands it has not, of which nothing is printed."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.unknown: list[bytes] = []
        self._reset()
        self._payload = b""

    def carry_out(self, command: bytes) -> None:
        if command == b"\n":
            self._end_line()
        elif command[:1] != b"\x1b":
            self._character(command)
        elif not self._command(command):
            self.unknown.append(command)

    def _reset(self) -> None:
        """ESC @, p. 3-60 of rev. 1.12."""
        self._pieces: list[Glyph | Bitmap] = []
        self._bold = False
        self._align = 0
        self._spacing = POWER_ON_SPACING
        self._model, self._level, self._cell = 2, 0, 3  # initial values, pp. 3-143, 3-144

    def _character(self, octet: bytes) -> None:
        """Above 7Fh the code page decides, and none is set by what a host should send."""
        if octet >= b"\x20":
            shown = octet.decode("ascii", "replace")
            self._pieces.append(Glyph(shown, 1, Style(bold=self._bold)))

    def _end_line(self) -> None:
        self.items.append(Line(tuple(self._pieces), self._align, 0, self._spacing))
        self._pieces = []

    def _command(self, command: bytes) -> bool:
        match command[:2]:
            case b"\x1b@":
                self._print_rest()
                self._reset()
            case b"\x1bE" | b"\x1bF":
                self._bold = command == b"\x1bE"
            case b"\x1b0":
                self._spacing = 3 * DOTS_PER_MM
            case b"\x1bz":
                self._spacing = POWER_ON_SPACING
            case b"\x1bd":
                self._cut(command[2] % 48)
            case b"\x1bk":
                self._pieces.append(_bitmap(command))
            case b"\x1b\x1d":
                return self._extended(command)
            case b"\x1b\x1e" | b"\x1b\x06":
                return True
            case _:
                return False
        return True

    def _print_rest(self) -> None:
        if self._pieces:
            self._end_line()

    def _cut(self, mode: int) -> None:
        self._print_rest()
        if mode in (2, 3):
            self.items.append(Feed(FEED_TO_CUTTER))
        self.items.append(Cut(partial=mode in (1, 3)))

    def _extended(self, command: bytes) -> bool:
        match command[2:5]:
            case b"yS0":
                self._model = command[5]
            case b"yS1":
                self._level = command[5]
            case b"yS2":
                self._cell = command[5]
            case b"yD1":
                self._payload = command[8:]
            case b"yP":
                self._print_rest()
                self.items.append(QrCode(self._payload, self._cell, 48 + self._level, self._align, 0))
            case _ if command[2:3] == b"a":
                self._align = command[3] % 48
            case _:
                return False
        return True


def _bitmap(command: bytes) -> Bitmap:
    across = command[2] + 256 * command[3]
    rows = tuple(command[4 + row * across : 4 + (row + 1) * across] for row in range(BAND_ROWS))
    return Bitmap(across * 8, rows)
