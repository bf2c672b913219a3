"""The slip dot by dot, as the print head burns it: the picture on the screen is the paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:  # the child that draws for the printer needs no report
    from agent.slip.slips import Slip

FONT: Final = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
"""Debian's fonts-wqy-microhei."""

_MONO: Final = 1
"""Second face of the collection, WenQuanYi Micro Hei Mono."""

CELL_DOTS: Final = 12
"""Font A is 12 x 24 dots, a Han character 24 x 24 (TM-T88III guide, ESC M and FS &)."""

_HAN_SIZE: Final = 24
_LATIN_SIZE: Final = 20
"""At 20 dots the Latin letters of this face are exactly 12 wide."""

_BASELINE: Final = 21
_LINE_DOTS: Final = 30
"""The default line spacing, 1/6 inch at 180 dots an inch (TM-T88III guide, ESC 2)."""

MODULE_DOTS: Final = 4
"""0.5 mm at 203 dots an inch; a symbol of 150 characters is then 164 dots wide, without its quiet zone."""

_QUIET_MODULES: Final = 4
"""ISO/IEC 18004 section 9.1."""

_MARGIN: Final = 16
_BLACK: Final = 0
_WHITE: Final = 1


class FontMissingError(OSError):
    """The font that draws Chinese is not installed."""


def draw(lines: Iterable[tuple[str, bool]], columns: int, qr: str = "") -> Image.Image:
    """Black on white, one bit a dot, `columns` x 12 dots wide; a line is text and whether it is strong.

    Raise FontMissingError.
    """
    strips = list(draw_strips(lines, columns, qr))
    paper = Image.new("1", (columns * CELL_DOTS, sum(strip.height for strip in strips)), _WHITE)
    top = 0
    for strip in strips:
        paper.paste(strip, (0, top))
        top += strip.height
    return paper


def draw_strips(lines: Iterable[tuple[str, bool]], columns: int, qr: str = "") -> Iterator[Image.Image]:
    """The same from top to bottom, a line at a time: no more of the paper is in memory at once."""
    for text, strong in lines:
        yield _strip(text, columns, strong=strong)
    if qr:
        yield _centred(draw_qr(qr), columns * CELL_DOTS)


def write_png(slip: Slip, path: Path) -> None:
    """With a white edge, as paper has; raise OSError, FontMissingError included."""
    lines = ((line.text, line.style.value == "strong") for line in slip.lines)
    paper = draw(lines, slip.columns, slip.qr)
    sheet = Image.new("1", (paper.width + 2 * _MARGIN, paper.height + 2 * _MARGIN), _WHITE)
    sheet.paste(paper, (_MARGIN, _MARGIN))
    sheet.save(path, format="PNG", optimize=True)


def draw_qr(payload: str) -> Image.Image:
    """QR model 2, level M, with its quiet zone; the width is a multiple of eight dots."""
    from qrcode.constants import ERROR_CORRECT_M  # type: ignore[import-untyped]  # noqa: PLC0415
    from qrcode.main import QRCode  # type: ignore[import-untyped]  # noqa: PLC0415

    code = QRCode(error_correction=ERROR_CORRECT_M, border=_QUIET_MODULES)
    code.add_data(payload)
    modules = code.get_matrix()
    small = Image.new("1", (len(modules), len(modules)), _WHITE)
    small.putdata([_BLACK if dark else _WHITE for row in modules for dark in row])
    side = len(modules) * MODULE_DOTS
    picture = Image.new("1", (-(-side // 8) * 8, side), _WHITE)
    picture.paste(small.resize((side, side), Image.Resampling.NEAREST))
    return picture


def _strip(text: str, columns: int, *, strong: bool) -> Image.Image:
    strip = Image.new("1", (columns * CELL_DOTS, _LINE_DOTS), _WHITE)
    left = 0
    for character in text:
        ink, cells = _ink(character, strong=strong)
        strip.paste(_BLACK, (left, 0), ink)
        left += cells * CELL_DOTS
    return strip


@cache
def _ink(character: str, *, strong: bool) -> tuple[Image.Image, int]:
    """The dots of one character and its columns; strong is struck twice, one dot apart, as ESC E does."""
    cells = len(character.encode("gb18030"))
    ink = Image.new("1", (cells * CELL_DOTS + 1, _LINE_DOTS))
    pen = ImageDraw.Draw(ink)
    pen.fontmode = "1"
    for shift in (0, 1) if strong else (0,):
        pen.text((shift, _BASELINE), character, font=_font(cells), fill=1, anchor="ls")
    return ink, cells


@cache
def _font(cells: int) -> ImageFont.FreeTypeFont:
    try:
        return ImageFont.truetype(FONT, _LATIN_SIZE if cells == 1 else _HAN_SIZE, index=_MONO)
    except OSError as error:
        raise FontMissingError(f"{FONT} is missing: install fonts-wqy-microhei") from error


def _centred(picture: Image.Image, dots: int) -> Image.Image:
    strip = Image.new("1", (dots, picture.height), _WHITE)
    strip.paste(picture, ((dots - picture.width) // 2 // 8 * 8, 0))
    return strip
