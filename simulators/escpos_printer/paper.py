"""What lies on the paper: lines, pictures, QR codes, feeds and cuts, in the order they were printed."""

from dataclasses import dataclass
from typing import TypeAlias

HALF_CELL = 12
"""Font A is 12 x 24 dots, a Han character 24 x 24 (TM-T88III specification)."""
CELL_HEIGHT = 24
LINE_SPACING = 30
"""1/6 inch at 180 dpi, what ESC 2 sets."""


@dataclass(frozen=True)
class Style:
    bold: bool = False
    underline: bool = False
    inverse: bool = False
    width: int = 1
    height: int = 1


@dataclass(frozen=True)
class Glyph:
    """One character in its cell; `columns` is 2 for a double-byte character, before `style.width`."""

    character: str
    columns: int
    style: Style

    @property
    def dots(self) -> int:
        return self.columns * HALF_CELL * self.style.width

    @property
    def height(self) -> int:
        return CELL_HEIGHT * self.style.height


@dataclass(frozen=True)
class Bitmap:
    """Black and white dots, one bytes object per row, most significant bit leftmost."""

    dots: int
    rows: tuple[bytes, ...]
    scale_x: int = 1
    scale_y: int = 1

    @property
    def height(self) -> int:
        return len(self.rows) * self.scale_y


@dataclass(frozen=True)
class Gap:
    """Blank dots inside a line, from spacing and tab commands."""

    dots: int
    height: int = 0


Piece: TypeAlias = Glyph | Bitmap | Gap


@dataclass(frozen=True)
class Line:
    pieces: tuple[Piece, ...]
    align: int
    margin: int
    advance: int

    @property
    def dots(self) -> int:
        return sum(piece.dots for piece in self.pieces)

    @property
    def height(self) -> int:
        return max(self.advance, max((piece.height for piece in self.pieces), default=0))


@dataclass(frozen=True)
class Picture:
    bitmap: Bitmap
    align: int
    margin: int


@dataclass(frozen=True)
class QrCode:
    payload: bytes
    module: int
    correction: int
    align: int
    margin: int


@dataclass(frozen=True)
class Barcode:
    payload: bytes
    height: int
    align: int
    margin: int


@dataclass(frozen=True)
class Feed:
    dots: int


@dataclass(frozen=True)
class Cut:
    partial: bool


Item: TypeAlias = Line | Picture | QrCode | Barcode | Feed | Cut


def as_text(items: list[Item], columns: int) -> str:
    """The slip as lines of characters: alignment as spaces, pictures and codes as a note in brackets."""
    rows: list[str] = []
    for item in items:
        rows.extend(_rows(item, columns))
    return "\n".join(rows)


def _rows(item: Item, columns: int) -> list[str]:
    match item:
        case Line():
            return [_line_text(item, columns)]
        case Picture():
            return [f"[image {item.bitmap.dots}x{item.bitmap.height}]"]
        case QrCode():
            return [f"[QR: {item.payload.decode('utf-8', 'backslashreplace')}]"]
        case Barcode():
            return [f"[barcode: {item.payload.decode('ascii', 'backslashreplace')}]"]
        case Feed():
            return [""] * (item.dots // LINE_SPACING)
        case Cut():
            return ["[partial cut]" if item.partial else "[cut]"]


def _line_text(line: Line, columns: int) -> str:
    text = "".join(_piece_text(piece) for piece in line.pieces)
    margin = line.margin // HALF_CELL
    free = max(0, columns - margin - line.dots // HALF_CELL)
    indent = margin + (0, free // 2, free)[line.align]
    return (" " * indent + text).rstrip()


def _piece_text(piece: Piece) -> str:
    match piece:
        case Glyph():
            return piece.character
        case Gap():
            return " " * (piece.dots // HALF_CELL)
        case Bitmap():
            return f"[image {piece.dots}x{piece.height}]"
