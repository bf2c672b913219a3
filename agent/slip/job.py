"""A slip as ESC/POS bytes: text is ours, QR, picture and cut are python-escpos's, in a child of its own.

The child is isolated because importing python-escpos costs 18 MB, configures the root logger, and leaves a
temporary folder behind at every start.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:  # the child must not load msgspec, nor its parent python-escpos
    from escpos.printer import Dummy
    from PIL import Image

    from agent.slip.slips import Slip

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
_BAND_DOTS: Final = 24
"""1.7 KB at 576 dots: a band fits the 4 KB buffer of a printer that prints only what it has whole."""

_CHILD_SECONDS: Final = 10.0
"""About 0.35 s on a desktop, ten times that on the slowest till."""

REAL_TIME: Final = re.compile(rb"\x10[\x04\x05\x14]")
"""DLE EOT, DLE ENQ, DLE DC4: a printer obeys them even inside a picture (TM-T88III guide, pp. 304 ff.)."""

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


def job(slip: Slip, printer_features: PrinterFeatures) -> bytes:
    """Everything to send, reset and cut included; send it only while nobody else prints.

    A slip whose QR fails is printed without it. Raise JobError where the text itself needs a picture and
    none can be drawn.
    """
    text = _text(slip, chinese=printer_features.chinese_font)
    drawn = b""
    if not text or slip.qr or printer_features.cutter:
        drawn = _drawn(slip, printer_features, has_text=bool(text))
    ending = b"" if printer_features.cutter and drawn else _TEAR_OFF
    return _RESET + text + drawn + ending


def _drawn(slip: Slip, printer_features: PrinterFeatures, *, has_text: bool) -> bytes:
    order = {
        "lines": [] if has_text else [(line.text, line.style.value == "strong") for line in slip.lines],
        "columns": slip.columns,
        "qr": slip.qr,
        "native_qr": printer_features.native_qr,
        "cut": printer_features.cutter,
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
    with redirect_stdout(sys.stderr):  # python-escpos prints remarks there, which would end up on the paper
        octets = _draw(**json.load(sys.stdin))
    sys.stdout.buffer.write(octets)


def _draw(*, lines: list[tuple[str, bool]], columns: int, qr: str, native_qr: bool, cut: bool) -> bytes:
    """The whole slip as a picture where there are lines, else the QR alone; and the cut."""
    from escpos.constants import QR_ECLEVEL_M  # noqa: PLC0415 - 18 MB, for this child only
    from escpos.printer import Dummy  # noqa: PLC0415

    from agent.slip.picture import MODULE_DOTS, draw, draw_qr  # noqa: PLC0415

    printer = Dummy()
    if lines:
        _print_picture(printer, draw(lines, columns, qr))
    elif qr:
        printer._raw(_CENTRE)  # noqa: SLF001 - set(align=...) would set everything else too
        if native_qr:
            printer._raw(_QUIET_ZONE)  # noqa: SLF001
            printer.qr(qr, ec=QR_ECLEVEL_M, size=MODULE_DOTS, native=True)
        else:
            _print_picture(printer, draw_qr(qr))
        printer._raw(_LEFT)  # noqa: SLF001
    if cut:
        printer.cut()
    return bytes(printer.output)


def _print_picture(printer: Dummy, picture: Image.Image) -> None:
    """In bands, so that python-escpos's colour copies of the picture stay small."""
    safe = without_real_time(picture)
    for top in range(0, safe.height, _BAND_DOTS):
        printer.image(safe.crop((0, top, safe.width, min(top + _BAND_DOTS, safe.height))))


def without_real_time(picture: Image.Image) -> Image.Image:
    """The picture with one dot more wherever its bytes would be a real-time command.

    Other bands would not help: the bytes stand side by side in one row of dots.
    """
    from PIL import Image  # noqa: PLC0415

    dots = bytearray(0xFF ^ byte for byte in picture.tobytes())
    for found in REAL_TIME.finditer(bytes(dots)):
        dots[found.end() - 1] |= 0x02  # 04, 05, 14 become 06, 07, 16: no commands
    return Image.frombytes("1", picture.size, bytes(0xFF ^ byte for byte in dots))


if __name__ == "__main__":
    main()
