"""Carries out the printing commands: characters, styles, alignment, pictures, QR codes, feeds, cuts."""

from collections.abc import Callable
from dataclasses import replace

from simulators.escpos_printer import graphics
from simulators.escpos_printer.paper import (
    HALF_CELL,
    LINE_SPACING,
    Barcode,
    Bitmap,
    Cut,
    Feed,
    Gap,
    Glyph,
    Item,
    Line,
    Picture,
    Piece,
    QrCode,
    Style,
)
from simulators.escpos_printer.symbols import QrSymbol

# ESC t n, TM-T88III guide: the pages python's codecs know.
CODE_PAGES = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
}


class Typesetter:
    """Turns whole commands into items on the paper; what returns False was not known."""

    def __init__(self, *, dots: int, native_qr: bool, cutter: bool) -> None:
        self.items: list[Item] = []
        self.line_feeds = 0
        self.cuts = 0
        self.drawer_pulses = 0
        self._dots = dots
        self._native_qr = native_qr
        self._cutter = cutter
        self._reset()

    def _reset(self) -> None:
        self._pieces: list[Piece] = []
        self._style = Style()
        self._align = 0
        self._margin = 0
        self._area = self._dots
        self._spacing = LINE_SPACING
        self._right_space = 0
        self._han_space = (0, 0)
        self._page = "cp437"
        self._qr = QrSymbol()
        self._barcode_height = 162
        self._stored: Bitmap | None = None

    def print_character(self, code: bytes) -> None:
        """Put one character of one byte (code page) or two (GB18030) into the line, wrapping when full."""
        if len(code) == 2:
            left, right = self._han_space
            self._place(Gap(left), Glyph(_han(code), 2, self._style), Gap(right))
        else:
            character = code.decode(self._page, "replace")
            self._place(Glyph(character, 1, self._style), Gap(self._right_space))

    def _place(self, *pieces: Piece) -> None:
        solid = [piece for piece in pieces if piece.dots]
        wanted = sum(piece.dots for piece in solid)
        if self._pieces and self._used() + wanted > self._width():
            self._end_line()
        self._pieces.extend(solid)

    def _used(self) -> int:
        return sum(piece.dots for piece in self._pieces)

    def _width(self) -> int:
        return min(self._area, self._dots - self._margin)

    def _end_line(self) -> None:
        self.items.append(Line(tuple(self._pieces), self._align, self._margin, self._spacing))
        self._pieces = []
        self.line_feeds += 1

    def _end_started_line(self) -> None:
        if self._pieces:
            self._end_line()

    def clear_line(self) -> None:
        self._pieces = []

    def control(self, byte: int) -> bool:
        """LF, CR, HT, FF, CAN and NUL; False for any other control character."""
        if byte == 0x0A:
            self._end_line()
        elif byte == 0x09:
            self._tab()
        elif byte == 0x18:
            self.clear_line()
        return byte in (0x00, 0x09, 0x0A, 0x0C, 0x0D, 0x18)

    def _tab(self) -> None:
        """Tab stops stand at every eighth column until ESC D, which is read over."""
        stop = 8 * HALF_CELL
        self._place(Gap(stop - self._used() % stop))

    def print_command(self, command: bytes) -> bool:
        action = self._actions().get(command[:2])
        if action is None:
            return False
        return action(command[2:]) is not False

    def _actions(self) -> dict[bytes, Callable[[bytes], bool | None]]:
        return {
            b"\x1b@": lambda _: self._reset(),
            b"\x1b!": lambda n: self._print_mode(n[0]),
            b"\x1bE": lambda n: self._restyle(bold=bool(n[0] & 1)),
            b"\x1bG": lambda n: self._restyle(bold=bool(n[0] & 1)),
            b"\x1b-": lambda n: self._restyle(underline=n[0] in (1, 2, 49, 50)),
            b"\x1c-": lambda n: self._restyle(underline=n[0] in (1, 2, 49, 50)),
            b"\x1dB": lambda n: self._restyle(inverse=bool(n[0] & 1)),
            b"\x1d!": lambda n: self._restyle(width=(n[0] >> 4 & 7) + 1, height=(n[0] & 7) + 1),
            b"\x1c!": lambda n: self._han_mode(n[0]),
            b"\x1ba": lambda n: self._set_align(n[0]),
            b"\x1bt": lambda n: self._set_page(n[0]),
            b"\x1b2": lambda _: self._set_spacing(LINE_SPACING),
            b"\x1b3": lambda n: self._set_spacing(n[0]),
            b"\x1b ": lambda n: self._set_right_space(n[0]),
            b"\x1cS": lambda n: self._set_han_space(n[0], n[1]),
            b"\x1c&": lambda _: None,
            b"\x1c.": lambda _: None,
            b"\x1dL": lambda n: self._set_margin(n[0] + (n[1] << 8)),
            b"\x1dW": lambda n: self._set_area(n[0] + (n[1] << 8)),
            b"\x1b$": lambda n: self._move_to(n[0] + (n[1] << 8)),
            b"\x1b\\": lambda n: self._move_to(self._used() + n[0] + (n[1] << 8)),
            b"\x1bM": lambda n: n[0] in (0, 48),
            b"\x1b{": lambda n: n[0] in (0, 48),
            b"\x1dw": lambda _: None,
            b"\x1dH": lambda _: None,
            b"\x1bd": lambda n: self._feed(n[0] * self._spacing),
            b"\x1bJ": lambda n: self._feed(n[0]),
            b"\x1dV": self._cut,
            b"\x1bi": lambda _: self._cut(b"\x00"),
            b"\x1bm": lambda _: self._cut(b"\x01"),
            b"\x1b*": lambda n: self._place(graphics.columns(n)),
            b"\x1dv": self._raster_image,
            b"\x1d(": self._function_block,
            b"\x1d8": lambda n: self._graphics_block(n[5:]),
            b"\x1dh": lambda n: self._set_barcode_height(n[0]),
            b"\x1dk": self._barcode,
            b"\x1bp": lambda _: self._pulse(),
        }

    def _restyle(self, **changes: bool | int) -> None:
        self._style = replace(self._style, **changes)  # type: ignore[arg-type]  # keys are the literals above

    def _print_mode(self, n: int) -> None:
        """ESC ! n: 08 bold, 10 double height, 20 double width, 80 underline."""
        wide, high = (2 if n & 0x20 else 1), (2 if n & 0x10 else 1)
        self._restyle(bold=bool(n & 0x08), underline=bool(n & 0x80), width=wide, height=high)

    def _han_mode(self, n: int) -> None:
        """FS ! n as on HCC POS80B: 04 wide, 08 high, 80 underline."""
        self._restyle(underline=bool(n & 0x80), width=2 if n & 0x04 else 1, height=2 if n & 0x08 else 1)

    def _set_align(self, n: int) -> None:
        if not self._pieces:  # ESC a counts at the beginning of a line only
            self._align = n % 48 if n % 48 <= 2 else self._align

    def _set_page(self, n: int) -> None:
        self._page = CODE_PAGES.get(n, "ascii")

    def _set_spacing(self, dots: int) -> None:
        self._spacing = dots

    def _set_right_space(self, dots: int) -> None:
        self._right_space = dots

    def _set_han_space(self, left: int, right: int) -> None:
        self._han_space = (left, right)

    def _set_margin(self, dots: int) -> None:
        if not self._pieces and dots < self._dots:
            self._margin = dots

    def _set_area(self, dots: int) -> None:
        if not self._pieces and dots:
            self._area = dots

    def _move_to(self, dots: int) -> None:
        if dots > self._used():
            self._pieces.append(Gap(dots - self._used()))

    def _feed(self, dots: int) -> None:
        """ESC d, ESC J: print the line, then feed; the line's own height counts towards the feed."""
        height = self._spacing if self._pieces else 0
        self._end_started_line()
        if dots > height:
            self.items.append(Feed(dots - height))

    def _cut(self, parameters: bytes) -> None:
        self._end_started_line()
        mode = parameters[0]
        if mode >= 65 and parameters[1]:
            self.items.append(Feed(parameters[1]))
        if self._cutter:
            self.cuts += 1
            self.items.append(Cut(partial=mode in (1, 49, 66, 98, 104)))

    def _pulse(self) -> None:
        self.drawer_pulses += 1

    def _set_barcode_height(self, dots: int) -> None:
        self._barcode_height = dots

    def _barcode(self, parameters: bytes) -> None:
        payload = parameters[2:] if parameters[0] >= 65 else parameters[1:-1]
        self._end_started_line()
        self.items.append(Barcode(payload, self._barcode_height, self._align, self._margin))

    def _raster_image(self, parameters: bytes) -> bool | None:
        if parameters[0] not in (0, 48):
            return False
        self._paste(graphics.raster(parameters[1:]))
        return None

    def _paste(self, bitmap: Bitmap) -> None:
        self._end_started_line()
        self.items.append(Picture(bitmap, self._align, self._margin))

    def _graphics_block(self, parameters: bytes) -> bool | None:
        """GS ( L and GS 8 L: 112 stores a raster image, 2 and 50 print it."""
        function = parameters[1]
        if function == 112:
            self._stored = graphics.stored_raster(parameters[2:])
        elif function in (2, 50) and self._stored:
            self._paste(self._stored)
        return function in (2, 50, 112)

    def _function_block(self, parameters: bytes) -> bool | None:
        """GS ( L is graphics, GS ( k two-dimensional codes, of which cn 49 is QR (TM-T88 series guide)."""
        if parameters[:1] == b"L":
            return self._graphics_block(parameters[3:])
        if parameters[:1] != b"k" or not self._native_qr or parameters[3:4] != b"1":
            return False
        if parameters[4] == 81:
            self._print_qr()
            return None
        return self._qr.set(parameters[4], parameters[5:])

    def _print_qr(self) -> None:
        symbol = self._qr
        if symbol.payload:
            self._end_started_line()
            code = QrCode(symbol.payload, symbol.module, symbol.correction, self._align, self._margin)
            self.items.append(code)


def _han(code: bytes) -> str:
    """A double-byte character; a pair outside GBK prints as an empty box."""
    try:
        return code.decode("gb18030")
    except UnicodeDecodeError:
        return "□"
