"""A slip as the printer's bytes: text is ours, pictures are drawn and the QR is python-escpos's in a child.

The child is isolated because importing python-escpos costs 18 MB, configures the root logger, and leaves a
temporary folder behind at every start; Pillow and its fonts cost as much.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Final, Literal, Protocol

from agent.slip import star_job

if TYPE_CHECKING:  # the child must not load msgspec, nor its parent Pillow
    from PIL import Image

    from agent.slip.slips import Slip

Family = Literal["escpos", "star"]

_RESET: Final = b"\x1b@"
_CHINESE: Final = b"\x1c.\x1bt\x00\x1c&"
"""Kanji mode off, code page 0, Kanji mode on: what any half-sent job before left behind is undone."""

_NOT_CHINESE: Final = b"\x1bt\x00"
_STRONG, _PLAIN = b"\x1bE\x01", b"\x1bE\x00"
_CENTRE, _LEFT = b"\x1ba\x01", b"\x1ba\x00"
_QUIET_ZONE: Final = b"\n"
"""A printer draws a QR without the four empty modules a reader needs (ISO/IEC 18004 section 9.1)."""

_TEAR_OFF: Final = b"\x1bd\x05"
"""Five lines bring the last one past the tear bar."""

_PLAIN_FRAME: Final = "NOT A RECEIPT"
_GS_V_0: Final = b"\x1dv0\x00"
_CUT: Final = b"\x1bd\x06\x1dV\x00"
"""As python-escpos makes it: six lines bring the last one past the cutter."""

QR_MODULE_DOTS: Final = 4
"""0.5 mm at 203 dots an inch, as in `picture`."""

_BAND_DOTS: Final = star_job.BAND_DOTS
"""1.7 KB at 576 dots: a band fits the 4 KB buffer of a printer that prints only what it has whole."""

_CHILD_SECONDS: Final = 10.0
"""About 0.35 s on a desktop, ten times that on the slowest till."""

REAL_TIME: Final = re.compile(rb"\x10[\x04\x05\x14]|\x1b\x06")
"""DLE EOT, DLE ENQ, DLE DC4: a printer obeys them even inside a picture (TM-T88III guide, pp. 304 ff.).
ESC ACK is Star's; whether its printers do the same is not said.
"""

log = logging.getLogger(__name__)


class JobError(RuntimeError):
    """The slip cannot be printed on this printer."""


class PrinterFeatures(Protocol):
    """What the settings say about the printer."""

    @property
    def chinese_font(self) -> bool: ...
    @property
    def native_qr(self) -> bool: ...
    @property
    def cutter(self) -> bool: ...


def job(slip: Slip, printer_features: PrinterFeatures, family: Family = "escpos") -> bytes:
    """Everything to send, reset and cut included; send it only while nobody else prints.

    A slip whose QR fails is printed without it. Raise JobError where the text itself needs a picture and
    none can be drawn.
    """
    if family == "star":
        return _for_star(slip, printer_features)
    text = _text(slip, chinese=printer_features.chinese_font)
    drawn = b""
    if not text or slip.qr or printer_features.cutter:
        drawn = _drawn(slip, printer_features, family, has_text=bool(text))
    ending = b"" if printer_features.cutter and drawn else _TEAR_OFF
    return _RESET + text + drawn + ending


def _for_star(slip: Slip, printer_features: PrinterFeatures) -> bytes:
    """ESC d 2 feeds to the tear bar too, where there is no cutter."""
    text = star_job.text(slip, _PLAIN_FRAME)
    if not text:
        return star_job.RESET + _drawn(slip, printer_features, "star", has_text=False) + star_job.CUT
    code = b""
    if slip.qr and printer_features.native_qr:
        code = star_job.qr(slip.qr)
    elif slip.qr:
        code = _drawn(slip, printer_features, "star", has_text=True)
    return star_job.RESET + text + code + star_job.CUT


def _drawn(slip: Slip, printer_features: PrinterFeatures, family: Family, *, has_text: bool) -> bytes:
    order = {
        "lines": [] if has_text else [(line.text, line.style.value == "strong") for line in slip.lines],
        "columns": slip.columns,
        "qr": slip.qr,
        "native_qr": printer_features.native_qr,
        "cut": printer_features.cutter,
        "family": family,
    }
    try:
        return _ask_child(order)
    except (OSError, subprocess.SubprocessError) as error:
        if not has_text:
            raise JobError(
                f"no picture of the slip for a printer without Chinese: {_reason(error)}"
            ) from error
        log.warning("slip goes out without QR code and cut: %s", _reason(error))
        return b""


def _text(slip: Slip, *, chinese: bool) -> bytes:
    """Empty where this printer has no letters for it."""
    if chinese:
        return _CHINESE + b"".join(
            _styled(line.text.encode("gb18030"), strong=line.style.value == "strong") for line in slip.lines
        )
    frame, *rest = slip.lines
    try:
        coded = [(line.text.encode("cp437"), line.style.value == "strong") for line in rest]
    except UnicodeEncodeError:
        return b""
    plain_frame = _PLAIN_FRAME.center(slip.columns).rstrip().encode()
    lines = [(plain_frame, frame.style.value == "strong"), *coded]
    return _NOT_CHINESE + b"".join(_styled(text, strong=strong) for text, strong in lines)


def _styled(text: bytes, *, strong: bool) -> bytes:
    return _STRONG + text + _PLAIN + b"\n" if strong else text + b"\n"


def _ask_child(order: dict[str, object]) -> bytes:
    """Raise OSError or subprocess.SubprocessError; the temporary folder is gone either way."""
    with tempfile.TemporaryDirectory(prefix="poshealth-slip-") as folder:
        done = subprocess.run(
            [sys.executable, "-I", "-m", "agent.slip.job"],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=_CHILD_SECONDS,
            check=True,
            env={"TMPDIR": folder, "PATH": os.defpath},
        )
    return done.stdout


def _reason(error: Exception) -> str:
    """The child's last word where it had one."""
    said = (getattr(error, "stderr", None) or b"").decode("utf-8", "replace").strip()
    return said.rpartition("\n")[2] or str(error)


def main() -> None:
    """The child: an order as JSON on standard input, bytes on standard output."""
    out = sys.stdout.buffer
    with redirect_stdout(sys.stderr):  # python-escpos prints remarks there, which would end up on the paper
        for octets in draw_order(**json.load(sys.stdin)):
            out.write(octets)


def draw_order(
    *, lines: list[tuple[str, bool]], columns: int, qr: str, native_qr: bool, cut: bool, family: Family
) -> Iterator[bytes]:
    """The whole slip as a picture where there are lines, else the QR alone; and the cut, but not Star's."""
    if lines:
        yield from _picture_of(lines, columns, qr, family)
    elif qr and not native_qr:
        yield from _qr_picture(qr, family)
    if family == "star":
        return
    if lines or not qr or not native_qr:
        yield _CUT if cut else b""
    else:
        yield _native_qr(qr, cut=cut)


def _native_qr(qr: str, *, cut: bool) -> bytes:
    from escpos.constants import QR_ECLEVEL_M  # noqa: PLC0415 - 18 MB, for this child only
    from escpos.printer import Dummy  # noqa: PLC0415

    printer = Dummy()
    printer._raw(_CENTRE + _QUIET_ZONE)  # noqa: SLF001 - set(align=...) would set everything else too
    printer.qr(qr, ec=QR_ECLEVEL_M, size=QR_MODULE_DOTS, native=True)
    printer._raw(_LEFT)  # noqa: SLF001
    if cut:
        printer.cut()
    return bytes(printer.output)


def _picture_of(lines: list[tuple[str, bool]], columns: int, qr: str, family: Family) -> Iterator[bytes]:
    """A line at a time: neither the whole paper nor python-escpos's colour copies are ever in memory."""
    from agent.slip.picture import CELL_DOTS, draw_strips  # noqa: PLC0415

    width_bytes = columns * CELL_DOTS // 8
    rows = (_dots(strip) for strip in draw_strips(lines, columns, qr))
    yield from _raster(rows, width_bytes, family)


def _qr_picture(qr: str, family: Family) -> Iterator[bytes]:
    from agent.slip.picture import draw_qr  # noqa: PLC0415

    symbol = draw_qr(qr)
    yield star_job.CENTRE if family == "star" else _CENTRE
    yield from _raster(iter((_dots(symbol),)), symbol.width // 8, family)
    yield star_job.LEFT if family == "star" else _LEFT


def _dots(picture: Image.Image) -> bytes:
    """A bit a dot, 1 is black."""
    return bytes(0xFF ^ byte for byte in picture.tobytes())


def _raster(rows: Iterator[bytes], width_bytes: int, family: Family) -> Iterator[bytes]:
    bands = (without_real_time(band) for band in _bands(rows, width_bytes * _BAND_DOTS))
    if family == "star":
        yield from star_job.picture(bands, width_bytes)
        return
    for band in bands:
        size = width_bytes.to_bytes(2, "little") + (len(band) // width_bytes).to_bytes(2, "little")
        yield _GS_V_0 + size + band


def _bands(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of `size`, the last one shorter."""
    held = b""
    for piece in pieces:
        held += piece
        while len(held) >= size:
            yield held[:size]
            held = held[size:]
    if held:
        yield held


def without_real_time(dots: bytes) -> bytes:
    """The same dots with one more wherever their bytes would be a real-time command.

    Other bands would not help: the bytes stand side by side in one row of dots.
    """
    safe = bytearray(dots)
    for found in REAL_TIME.finditer(dots):
        safe[found.end() - 1] |= 0x02 if found[0][0] == 0x10 else 0x01  # 04, 05, 14, 06 become 06, 07, 16, 07
    return bytes(safe)


if __name__ == "__main__":
    main()
