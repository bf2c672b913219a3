"""The bytes of a slip, as received and rendered by a printer written from the manuals."""

from __future__ import annotations

import json
import logging
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from agent.slip.job import REAL_TIME, JobError, job, without_real_time
from agent.slip.picture import draw
from agent.slip.qr import qr_payload, verify
from agent.slip.slips import Slip, cashier_slip, technician_slip
from simulators.escpos_printer import EscposPrinter
from tests.agent.slip.situations import ALL_WELL, CONTACTS, FIREWALL, KEY, LINE_DOWN, PAPER_OUT, SITUATIONS
from vocabulary.report import Report


class Features(NamedTuple):
    chinese_font: bool = True
    native_qr: bool = True
    cutter: bool = True


def cashier(report: Report, language: str = "en", columns: int = 32) -> Slip:
    return cashier_slip(report, CONTACTS[language], language, columns, qr=qr_payload(report, KEY))


def technician(report: Report, language: str = "en", columns: int = 32) -> Slip:
    qr = qr_payload(report, KEY)
    return technician_slip(report, CONTACTS[language], language, columns, ALL_WELL, qr=qr)


@contextmanager
def printed(slip: Slip, features: Features) -> Iterator[EscposPrinter]:
    """The slip on the paper of a printer with just these features."""
    printer = EscposPrinter(
        columns=slip.columns,
        chinese=features.chinese_font,
        native_qr=features.native_qr,
        cutter=features.cutter,
    )
    octets = job(slip, features)
    with printer:
        with socket.create_connection(printer.tcp_address, timeout=10) as host:
            host.sendall(octets)
        assert printer.wait_until(lambda: len(printer.received) >= len(octets), 20)
        assert printer.wait_until(lambda: bool(printer.text()))
        assert printer.unknown == []
        yield printer


def scanned(printer: EscposPrinter) -> str:
    (code,) = zxingcpp.read_barcodes(printer.picture())
    return str(code.text)


def test_the_order_is_reset_chinese_text_qr_cut() -> None:
    """ESC @, FS ., ESC t 0, FS &, lines; ESC a 1, GS ( k model to print; ESC a 0, cut."""
    octets = job(cashier(ALL_WELL, "zh"), Features())
    assert octets.startswith(b"\x1b@\x1c.\x1bt\x00\x1c&\x1bE\x01   " + "非交易凭证".encode("gb18030"))
    order = [
        b"\n\x1ba\x01\n\x1d(k\x04\x001A2\x00",
        b"\x1d(k\x03\x001C\x04",
        b"\x1d(k\x03\x001E1",
        b"1P0PH1:",
        b"1Q0",
    ]
    places = [octets.index(each) for each in order]
    assert places == sorted(places)
    assert octets.endswith(b"1Q0\x1ba\x00\x1bd\x06\x1dV\x00")


def test_text_without_qr_and_cutter_needs_no_child(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The whole job, byte for byte."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    slip = cashier_slip(ALL_WELL, {}, "zh", 32)
    octets = job(slip, Features(cutter=False))
    lines = octets.removeprefix(b"\x1b@\x1c.\x1bt\x00\x1c&").removesuffix(b"\x1bd\x05")
    assert re.sub(rb"\x1bE[\x00\x01]", b"", lines).decode("gb18030") == slip.text()
    assert caplog.text == ""


@pytest.mark.parametrize(("language", "columns"), [("en", 32), ("en", 48), ("zh", 32), ("zh", 42)])
@pytest.mark.parametrize("make", [cashier, technician])
def test_the_printer_prints_the_slips_lines(
    make: Callable[[Report, str, int], Slip], language: str, columns: int
) -> None:
    """And a QR that verifies, and one cut; no byte was unknown to it."""
    slip = make(FIREWALL, language, columns)
    with printed(slip, Features()) as printer:
        lines = printer.text().splitlines()
        assert lines[: len(slip.lines)] == [line.text for line in slip.lines]
        assert verify(scanned(printer), KEY).sequence == 1837
        assert lines[-1] == "[cut]"


@pytest.mark.parametrize(
    "features",
    [Features(native_qr=False), Features(cutter=False), Features(native_qr=False, cutter=False)],
)
def test_what_the_printer_lacks_is_drawn_or_left_out(features: Features) -> None:
    slip = cashier(PAPER_OUT, "zh")
    with printed(slip, features) as printer:
        assert printer.text().startswith(slip.text().rstrip())
        assert ("[QR" in printer.text()) == features.native_qr
        assert ("[cut]" in printer.text()) == features.cutter
        assert verify(scanned(printer), KEY).code == PAPER_OUT.code


def test_without_a_chinese_font_english_goes_as_text() -> None:
    slip = cashier(FIREWALL, "en")
    octets = job(slip, Features(chinese_font=False))
    assert b"\x1c" not in octets
    with printed(slip, Features(chinese_font=False)) as printer:
        frame, *lines = printer.text().splitlines()
        assert frame == "         NOT A RECEIPT"
        assert lines[: len(slip.lines) - 1] == [line.text for line in slip.lines[1:]]


@pytest.mark.parametrize("columns", [32, 48])
def test_without_a_chinese_font_chinese_goes_as_a_picture(columns: int) -> None:
    """Dot for dot the picture on the screen."""
    slip = cashier(LINE_DOWN, "zh", columns)
    with printed(slip, Features(chinese_font=False)) as printer:
        assert set(re.sub(r"\[image \d+x\d+\]|\[cut\]", "", printer.text())) <= {"\n"}
        paper = printer.picture()
        wanted = draw([(line.text, line.style == "strong") for line in slip.lines], columns, slip.qr)
        shown = paper.crop((24, 24, 24 + wanted.width, 24 + wanted.height)).convert("1")
        assert different_dots(shown, wanted) <= len(REAL_TIME.findall(inverse(wanted)))
        assert verify(scanned(printer), KEY).code == LINE_DOWN.code


def inverse(picture: Image.Image) -> bytes:
    return bytes(0xFF ^ octet for octet in picture.tobytes())


def different_dots(left: Image.Image, right: Image.Image) -> int:
    pairs = zip(left.tobytes(), right.tobytes(), strict=True)
    return sum((a ^ b).bit_count() for a, b in pairs)


@pytest.mark.parametrize(("situation", "language"), [*zip(SITUATIONS, ("en", "zh") * 5, strict=True)])
def test_no_real_time_command_hides_in_a_picture(situation: str, language: str) -> None:
    """DLE EOT in a picture would be answered, DLE DC4 could open the drawer or switch the printer off."""
    report = SITUATIONS[situation]
    for slip in (cashier(report, language, 48), technician(report, language, 32)):
        picture = draw([(line.text, line.style == "strong") for line in slip.lines], slip.columns, slip.qr)
        assert not REAL_TIME.search(without_real_time(inverse(picture)))


@given(
    st.binary(min_size=48, max_size=48),
    st.sampled_from([b"\x10\x04", b"\x10\x05", b"\x10\x14", b"\x1b\x06"]),
    st.integers(0, 46),
)
@settings(deadline=None, max_examples=100)
def test_a_real_time_command_costs_one_dot(row: bytes, command: bytes, place: int) -> None:
    """Planted anywhere in a row of dots, also beside another; nothing else changes."""
    dots = row[:place] + command + row[place + 2 :]
    found = REAL_TIME.findall(dots)
    safe = without_real_time(dots)
    assert not REAL_TIME.search(safe)
    assert sum((a ^ b).bit_count() for a, b in zip(dots, safe, strict=True)) == len(found) >= 1


def test_forty_lines_with_a_native_qr_are_two_kilobytes_at_most() -> None:
    slip = technician(FIREWALL, "zh", 32)
    assert len(slip.lines) >= 40
    first_forty = Slip(columns=32, lines=slip.lines[:40], qr=slip.qr)
    assert len(job(first_forty, Features())) <= 2048


def test_the_child_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither python-escpos's temporary folder, nor its module or log handler in this process."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    handlers = list(logging.getLogger().handlers)
    job(cashier(ALL_WELL), Features(native_qr=False))
    assert list(tmp_path.iterdir()) == []
    assert "escpos" not in sys.modules
    assert logging.getLogger().handlers == handlers


MEASURE = """
import json, sys
from agent.slip.job import draw_order
size = sum(map(len, draw_order(**json.load(sys.stdin))))
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print("PEAK", peak, size, file=sys.stderr)
"""


@pytest.mark.parametrize("family", ["escpos", "star"])
@pytest.mark.parametrize("native_qr", [True, False])
@pytest.mark.parametrize("as_picture", [False, True])
def test_the_child_stays_below_30_megabytes(as_picture: bool, native_qr: bool, family: str) -> None:
    """Highest resident size in KiB, shared libraries in full; of the longest slip on the widest paper."""
    slip = technician(LINE_DOWN, "zh", 48)
    lines = [(line.text, False) for line in slip.lines] if as_picture else []
    order = {"lines": lines, "columns": 48, "qr": slip.qr, "native_qr": native_qr, "cut": True}
    measured = subprocess.run(
        [sys.executable, "-I", "-c", MEASURE],
        input=json.dumps(order | {"family": family}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(measured.stderr.split("PEAK")[1].split()[0]) < 30 * 1024


def test_a_failing_child_costs_the_qr_not_the_slip(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    slip = cashier(PAPER_OUT, "zh")
    octets = job(slip, Features())
    assert re.sub(rb"\x1b[E@].?|\x1c[.&]|\x1bt\x00", b"", octets).endswith(b"\n\x1bd\x05")
    assert "没出票不等于没收款".encode("gb18030") in octets
    assert "without QR code" in caplog.text


def test_a_failing_child_is_an_error_where_the_text_itself_is_a_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(JobError, match="no picture"):
        job(cashier(PAPER_OUT, "zh"), Features(chinese_font=False))
