"""The picture of a slip: no empty boxes, nothing clipped, and a QR that scans."""

from __future__ import annotations

import re
import string
import struct
import time
from functools import cache
from pathlib import Path

import pytest
import zxingcpp
from msgspec.structs import replace
from PIL import Image, ImageDraw

from agent.slip import picture as slip_picture
from agent.slip.layout import SUBSTITUTE, printable, width
from agent.slip.picture import CELL_DOTS, FONT, FontMissingError, draw, draw_qr, write_png
from agent.slip.qr import MAX_PAYLOAD, qr_payload, verify
from agent.slip.slips import cashier_slip
from agent.slip.words import FRAME, Say
from tests.agent.slip.situations import CONTACTS, KEY, LINE_DOWN, SITUATIONS
from tools.write_slip_pictures import FOLDER, slips

LOCALE = Path(__file__).parents[3] / "vocabulary" / "locale" / "zh_CN" / "LC_MESSAGES"
FACE = 1
"""WenQuanYi Micro Hei Mono, second in the collection."""


def u16(octets: bytes, at: int) -> int:
    return int(struct.unpack_from(">H", octets, at)[0])


def u32(octets: bytes, at: int) -> int:
    return int(struct.unpack_from(">I", octets, at)[0])


@cache
def drawable() -> frozenset[int]:
    """Code points with a glyph, from the font's own table (OpenType: ttc header, cmap format 4)."""
    font = FONT.read_bytes()
    face = u32(font, 12 + 4 * FACE)
    tables = {
        font[at : at + 4]: u32(font, at + 8)
        for at in range(face + 12, face + 12 + 16 * u16(font, face + 4), 16)
    }
    cmap = tables[b"cmap"]
    encodings = [cmap + 4 + 8 * n for n in range(u16(font, cmap + 2))]
    subtables = [cmap + u32(font, at + 4) for at in encodings]
    return frozenset().union(*(segments(font, at) for at in subtables if u16(font, at) == 4))


def segments(font: bytes, at: int) -> set[int]:
    count = u16(font, at + 6) // 2
    found = set()
    for n in range(count):
        end, start = u16(font, at + 14 + 2 * n), u16(font, at + 16 + 2 * (count + n))
        delta = u16(font, at + 16 + 2 * (2 * count + n))
        offset_at = at + 16 + 2 * (3 * count + n)
        offset = u16(font, offset_at)
        for code in range(start, end + 1):
            glyph = u16(font, offset_at + offset + 2 * (code - start)) if offset else code
            if glyph and (glyph + delta) & 0xFFFF:
                found.add(code)
    return found - {0xFFFF}


def said() -> str:
    """Every character the product can print of its own: all templates and all their translations."""
    catalogues = "".join(path.read_text(encoding="utf-8") for path in sorted(LOCALE.glob("*.po")))
    quoted = "".join(re.findall(r'"(.*)"', catalogues))
    ascii_ = string.ascii_letters + string.digits + string.punctuation
    return printable(quoted + "".join(Say) + FRAME + SUBSTITUTE + ascii_)


def test_the_reader_of_the_font_knows_what_is_missing() -> None:
    assert ord("刷") in drawable()
    assert 0xE123 not in drawable()


def test_no_character_of_any_template_is_an_empty_box() -> None:
    characters = set(said()) - {" "}
    assert len(characters) > 300
    assert [character for character in sorted(characters) if ord(character) not in drawable()] == []


def test_no_template_needs_the_substitute() -> None:
    """What a GBK printer cannot print has no place in a template of ours."""
    assert said().count(SUBSTITUTE) == 1


def test_every_character_fits_its_cell() -> None:
    """No ink is clipped: a glyph in its own cell has as many dots as one drawn with room around it."""
    for character in sorted(set(said()) - {" "}):
        cells = width(character)
        paper = draw([(character, False)], 32)
        roomy = Image.new("1", (96, 96), 1)
        pen = ImageDraw.Draw(roomy)
        pen.fontmode = "1"
        pen.text((36, 48), character, font=slip_picture._font(cells), fill=0, anchor="ls")
        inside = paper.crop((0, 0, cells * CELL_DOTS, paper.height))
        assert ink(inside) == ink(roomy), character


def ink(picture: Image.Image) -> int:
    return picture.histogram()[0]


@pytest.mark.parametrize(("columns", "dots"), [(32, 384), (42, 504), (48, 576)])
def test_the_picture_is_as_wide_as_the_print_head(tmp_path: Path, columns: int, dots: int) -> None:
    slip = cashier_slip(LINE_DOWN, CONTACTS["zh"], "zh", columns)
    write_png(slip, tmp_path / "slip.png")
    with Image.open(tmp_path / "slip.png") as picture:
        assert picture.width == dots + 2 * 16
        assert ink(picture.crop((dots + 16, 0, dots + 32, picture.height))) == 0
        assert ink(picture) > 0


@pytest.mark.parametrize(
    ("situation", "columns"), [*zip(SITUATIONS, (32, 42, 48, 32, 42, 48, 32, 42, 48, 32), strict=True)]
)
def test_the_qr_in_the_picture_scans_and_verifies(tmp_path: Path, situation: str, columns: int) -> None:
    report = SITUATIONS[situation]
    payload = qr_payload(report, KEY)
    write_png(cashier_slip(report, CONTACTS["en"], "en", columns, qr=payload), tmp_path / "slip.png")
    with Image.open(tmp_path / "slip.png") as picture:
        (code,) = zxingcpp.read_barcodes(picture)
    assert verify(code.text, KEY).sequence == report.sequence


def test_the_longest_qr_fits_a_58_mm_roll_at_half_a_millimetre_a_module() -> None:
    """Three dots a module would be the least a telephone reads; there are four."""
    terminal = "t" * 46
    report = replace(LINE_DOWN, identity=replace(LINE_DOWN.identity, terminal=terminal))
    payload = qr_payload(report, KEY)
    assert len(payload) > MAX_PAYLOAD - 10
    assert draw_qr(payload).width <= 384
    (code,) = zxingcpp.read_barcodes(draw([("", False)], 32, payload).convert("L"))
    assert code.text == payload


def test_a_missing_font_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(slip_picture, "FONT", tmp_path / "none.ttc")
    slip_picture._font.cache_clear()
    slip_picture._ink.cache_clear()
    with pytest.raises(FontMissingError, match="fonts-wqy-microhei"):
        draw([("缺纸", False)], 32)
    slip_picture._font.cache_clear()


@pytest.mark.parametrize("name", sorted(dict(slips())))
def test_the_pictures_in_the_documentation_are_what_is_printed_today(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else: make slips."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    write_png(dict(slips())[name], tmp_path / "slip.png")
    monkeypatch.undo()
    time.tzset()
    with Image.open(FOLDER / f"{name}.png") as shown, Image.open(tmp_path / "slip.png") as drawn:
        assert shown.size == drawn.size
        assert shown.tobytes() == drawn.tobytes()
