"""The Star simulator against the manuals' own bytes, by a host that knows nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import serial

from simulators.star_printer import StarPrinter

ASK = b"\x1b\x06\x01"
IDLE = bytes.fromhex("23 06 00 00 00 00 00 00 00")


@contextmanager
def star(speed: int = 9600, **options: int) -> Iterator[tuple[StarPrinter, serial.Serial]]:
    with (
        StarPrinter(**options) as printer,  # type: ignore[arg-type]
        serial.Serial(printer.pty_path, speed, timeout=0.3, inter_byte_timeout=0.03) as host,
    ):
        yield printer, host


def ask(host: serial.Serial, question: bytes = ASK) -> bytes:
    host.write(question)
    return bytes(host.read(40))


@pytest.mark.parametrize(
    ("length", "frame"),
    [(7, "0F 02 00 00 00 00 00"), (8, "21 04 00 00 00 00 00 00"), (9, "23 06 00 00 00 00 00 00 00")],
)
def test_an_idle_printer_sends_its_headers_and_zeros(length: int, frame: str) -> None:
    """Line mode specification pp. 5-7, 5-8."""
    with star(frame_bytes=length) as (_, host):
        assert ask(host) == bytes.fromhex(frame)


@pytest.mark.parametrize(
    ("state", "status", "enquiry", "paper"),
    [
        ("paper_out", "08 00 00 08", 0x28, 0x18),
        ("near_end_inner", "00 00 00 04", 0x20, 0x14),
        ("near_end_outer", "00 00 00 02", 0x20, 0x30),
        ("cover_open", "28 00 00 00", 0x24, 0x10),
        ("offline_by_switch", "48 00 00 00", 0x20, 0x10),
        ("cutter_error", "08 08 00 00", 0x20, 0x10),
        ("mechanical_error", "08 04 00 00", 0x20, 0x10),
        ("unrecoverable_error", "08 20 00 00", 0x24, 0x10),
        ("head_hot", "08 40 00 00", 0x20, 0x10),
        ("presenter_jam", "08 00 04 00", 0x20, 0x50),
        ("drawer_switch", "04 00 00 00", 0xA0, 0x10),
    ],
)
def test_each_sensor_has_its_bits(state: str, status: str, enquiry: int, paper: int) -> None:
    """Pp. 5-6 to 5-10: status request, ENQ and EOT."""
    with star() as (printer, host):
        setattr(printer.state, state, True)
        assert ask(host)[2:6] == bytes.fromhex(status)
        assert (ask(host, b"\x05"), ask(host, b"\x04")) == (bytes((enquiry,)), bytes((paper,)))


def test_print_ends_are_counted_in_order() -> None:
    """P. 5-11: ETB behind the text; not while the printer is offline, and then told once."""
    with star() as (printer, host):
        printer.state.paper_out = True
        assert ask(host, b"slip\n\x17" + ASK)[7] == 0
        printer.state.paper_out = False
        while printer.etb_count == 0:
            time.sleep(0.005)
        assert [ask(host)[2] & 2, ask(host)[2] & 2] == [2, 0]
        assert (ask(host)[7], printer.etb_count, bytes(printer.printed)) == (0x02, 1, b"slip\n")


def test_the_counter_runs_from_31_to_0_and_can_be_set_back() -> None:
    """ESC RS E 0."""
    with star() as (_, host):
        ask(host, 31 * b"\x17")
        assert ask(host)[7] == 0x6E
        ask(host, b"\x17")
        assert ask(host)[7] == 0
        ask(host, b"\x17\x17\x1b\x1eE\x00")
        assert ask(host)[7] == 0


def test_automatic_status_comes_on_a_change() -> None:
    """ESC RS a 1; a question is then not to be put, and is counted."""
    with star() as (printer, host):
        ask(host, b"\x1b\x1ea\x01")
        printer.state.cover_open = True
        assert host.read(9) == bytes.fromhex("23 06 28 00 00 00 00 00 00")
        ask(host)
        assert printer.forbidden == 1


@pytest.mark.parametrize("fault", ["silent", "one_way"])
def test_a_silent_printer_says_nothing(fault: str) -> None:
    """Switched off, or a line that goes one way."""
    with star() as (printer, host):
        setattr(printer.faults, fault, True)
        assert ask(host) == b""


def test_what_is_wrong_on_the_line_is_no_frame() -> None:
    """Junk, half a frame, another speed, and a drip."""
    with star() as (printer, host):
        printer.faults.half_reply = True
        assert ask(host) == IDLE[:4]
        printer.faults.garble = True
        assert 0x23 not in ask(host)
    with star(speed=19200) as (_, host):
        assert ask(host) == b"\xfa\xff\xfc"
    with star() as (printer, host):
        printer.faults.drip = True
        assert set(host.read(3)) == {0xFA}


def test_it_runs_as_a_process() -> None:
    """Faults come in by its control requests."""
    command = [sys.executable, "-m", "simulators.star_printer", "--frame-bytes", "7"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        where = json.loads(process.stdout.readline())
        process.stdin.write('{"set": {"state.paper_out": true}}\n')
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["ok"]
        with serial.Serial(where["pty"], 9600, timeout=0.3) as host:
            assert ask(host) == bytes.fromhex("0F 02 08 00 00 08 00")
        process.stdin.close()
        assert process.wait(timeout=5) == 0
