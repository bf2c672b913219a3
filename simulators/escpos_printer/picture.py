"""Draws the paper, dot by dot, as the print head would have burnt it."""

from functools import cache
from pathlib import Path

import qrcode  # type: ignore[import-untyped]  # ships no type hints
from PIL import Image, ImageDraw, ImageFont

from simulators.escpos_printer.paper import (
    CELL_HEIGHT,
    HALF_CELL,
    Barcode,
    Bitmap,
    Cut,
    Feed,
    Glyph,
    Item,
    Line,
    Picture,
    QrCode,
)

FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
MONO = 1
"""Second face of the collection: WenQuanYi Micro Hei Mono."""
EDGE = 24
BLACK, WHITE = 0, 255
CORRECTIONS = {
    48: qrcode.constants.ERROR_CORRECT_L,
    49: qrcode.constants.ERROR_CORRECT_M,
    50: qrcode.constants.ERROR_CORRECT_Q,
    51: qrcode.constants.ERROR_CORRECT_H,
}


def draw(items: list[Item], dots: int) -> Image.Image:
    """The slip at one pixel a dot, with a white edge round it."""
    strips = [_strip(item, dots) for item in items]
    height = sum(strip.height for strip in strips)
    paper = Image.new("L", (dots + 2 * EDGE, height + 2 * EDGE), WHITE)
    top = EDGE
    for strip in strips:
        paper.paste(strip, (EDGE, top))
        top += strip.height
    return paper


def _strip(item: Item, dots: int) -> Image.Image:
    match item:
        case Line():
            return _line(item, dots)
        case Picture():
            return _aligned(_bitmap(item.bitmap), item.align, item.margin, dots)
        case QrCode():
            return _aligned(_qr(item), item.align, item.margin, dots)
        case Barcode():
            return _aligned(_barcode(item), item.align, item.margin, dots)
        case Feed():
            return Image.new("L", (dots, item.dots), WHITE)
        case Cut():
            return _dashes(dots)


def _line(line: Line, dots: int) -> Image.Image:
    strip = Image.new("L", (dots, line.height), WHITE)
    left = line.margin + _indent(line.dots, line.align, dots - line.margin)
    for piece in line.pieces:
        if isinstance(piece, Glyph):
            strip.paste(_glyph(piece), (left, line.height - piece.height))
        elif isinstance(piece, Bitmap):
            strip.paste(_bitmap(piece), (left, 0))
        left += piece.dots
    return strip


def _indent(width: int, align: int, room: int) -> int:
    free = max(0, room - width)
    return (0, free // 2, free)[align]


def _aligned(picture: Image.Image, align: int, margin: int, dots: int) -> Image.Image:
    strip = Image.new("L", (dots, picture.height), WHITE)
    strip.paste(picture, (margin + _indent(picture.width, align, dots - margin), 0))
    return strip


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, CELL_HEIGHT, index=MONO)


@cache
def _glyph(glyph: Glyph) -> Image.Image:
    style, width = glyph.style, glyph.columns * HALF_CELL
    cell = Image.new("1", (width, CELL_HEIGHT), 1)
    pen = ImageDraw.Draw(cell)
    # The face's em square is 24 dots; "ls" puts its baseline where Han characters sit whole in the cell.
    for shift in (0, 1) if style.bold else (0,):
        pen.text((shift, 20), glyph.character, font=_font(), fill=0, anchor="ls")
    if style.underline:
        pen.line((0, CELL_HEIGHT - 1, width, CELL_HEIGHT - 1), fill=0)
    size = (width * style.width, CELL_HEIGHT * style.height)
    grown = cell.convert("L").resize(size, Image.Resampling.NEAREST)
    return grown.point(lambda value: 255 - value) if style.inverse else grown


def _bitmap(bitmap: Bitmap) -> Image.Image:
    across = len(bitmap.rows[0]) * 8 if bitmap.rows else 0
    body = bytes(255 - byte for row in bitmap.rows for byte in row)
    picture = Image.frombytes("1", (across, len(bitmap.rows)), body).convert("L")
    scaled = (across * bitmap.scale_x, bitmap.height)
    return picture.resize(scaled, Image.Resampling.NEAREST).crop((0, 0, bitmap.dots, bitmap.height))


def _qr(code: QrCode) -> Image.Image:
    symbol = qrcode.QRCode(error_correction=CORRECTIONS.get(code.correction, 1), border=0)
    symbol.add_data(code.payload, optimize=0)
    symbol.make(fit=True)
    matrix = symbol.get_matrix()
    picture = Image.new("L", (len(matrix), len(matrix)), WHITE)
    picture.putdata([BLACK if dark else WHITE for row in matrix for dark in row])
    side = len(matrix) * code.module
    return picture.resize((side, side), Image.Resampling.NEAREST)


def _barcode(code: Barcode) -> Image.Image:
    """A frame with the payload in it: symbologies are not drawn (see docs/simulators.md)."""
    text = code.payload.decode("ascii", "replace")
    frame = Image.new("L", (len(text) * HALF_CELL + HALF_CELL * 2, code.height), WHITE)
    pen = ImageDraw.Draw(frame)
    pen.rectangle((0, 0, frame.width - 1, frame.height - 1), outline=BLACK)
    pen.text((HALF_CELL, code.height // 2), text, font=_font(), fill=BLACK, anchor="lm")
    return frame


def _dashes(dots: int) -> Image.Image:
    strip = Image.new("L", (dots, CELL_HEIGHT), WHITE)
    pen = ImageDraw.Draw(strip)
    for left in range(0, dots, 16):
        pen.line((left, CELL_HEIGHT // 2, left + 8, CELL_HEIGHT // 2), fill=BLACK)
    return strip
