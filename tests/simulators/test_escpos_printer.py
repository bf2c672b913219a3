"""The simulated printer against the bytes of the manuals (docs/simulators.md names them)."""

import os
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
import zxingcpp

from simulators.escpos_printer import EscposPrinter

QUIET_SECONDS = 0.2
"""How long a test waits before it believes that nothing more comes."""


def ask(host: serial.Serial, question: bytes, length: int = 1) -> bytes:
    host.write(question)
    return host.read(length)


def ask_quietly(host: serial.Serial, question: bytes) -> bytes:
    host.timeout = QUIET_SECONDS
    return ask(host, question, 64)


def status(host: serial.Serial) -> str:
    return b"".join(ask(host, bytes((0x10, 0x04, n))) for n in (1, 2, 3, 4)).hex(" ")


def gb(text: str) -> bytes:
    return text.encode("gb18030")


def qr_commands(payload: bytes, module: int = 6) -> bytes:
    """GS ( k functions 65, 67, 80, 81 of cn 49."""
    store = b"\x1d(k" + (len(payload) + 3).to_bytes(2, "little") + b"1P0" + payload
    return b"\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C" + bytes((module,)) + store + b"\x1d(k\x03\x001Q0"


@pytest.mark.parametrize(
    ("sensor", "replies"),
    [
        ("", "12 12 12 12"),
        ("offline", "1a 12 12 12"),
        ("cover_open", "1a 16 12 12"),
        ("near_end", "12 12 12 1e"),
        ("paper_out", "1a 32 12 7e"),
        ("cutter_error", "1a 52 1a 12"),
        ("recoverable_error", "1a 52 16 12"),
        ("unrecoverable_error", "1a 52 32 12"),
        ("head_hot", "1a 52 52 12"),
        ("feed_button", "5a 1a 12 12"),
        ("waiting_recovery", "3a 12 12 12"),
        ("drawer_pin", "16 12 12 12"),
    ],
)
def test_real_time_status(printer: EscposPrinter, host: serial.Serial, sensor: str, replies: str) -> None:
    """DLE EOT 1 to 4 answer with the bits of the TM-T88III guide, pp. 304 ff."""
    if sensor:
        setattr(printer.state, sensor, True)
    assert status(host) == replies


def test_paper_end_without_a_near_end_sensor(printer: EscposPrinter, host: serial.Serial) -> None:
    """A printer with no near-end sensor answers 72 at paper end."""
    printer.state.near_end_sensor = False
    printer.state.paper_out = True
    assert ask(host, b"\x10\x04\x04") == b"\x72"


def test_real_time_status_inside_a_picture(printer: EscposPrinter, host: serial.Serial) -> None:
    """DLE EOT is answered in the middle of raster data, and is part of the picture all the same."""
    host.write(b"\x1dv0\x00\x03\x00\x02\x00\xff\xff\xff")
    assert ask(host, b"\x10\x04\x01") == b"\x12"
    assert printer.wait_until(lambda: printer.text() == "[image 24x2]")


def test_a_probe_inside_a_command_is_eaten_as_its_parameter(
    printer: EscposPrinter, host: serial.Serial
) -> None:
    """ESC d followed by DLE EOT 1 feeds sixteen lines: never interleave a probe into an unfinished job."""
    assert ask(host, b"\x1bd\x10\x04\x01") == b"\x12"
    assert printer.wait_until(lambda: printer.text().count("\n") == 15)


@pytest.mark.parametrize(
    ("sensor", "frame"),
    [
        ("offline", "18 00 00 00"),
        ("cover_open", "38 00 00 00"),
        ("near_end", "10 00 03 00"),
        ("paper_out", "18 00 0f 00"),
        ("cutter_error", "18 08 00 00"),
        ("head_hot", "18 40 00 00"),
        ("waiting_recovery", "18 01 00 00"),
        ("drawer_pin", "14 00 00 00"),
    ],
)
def test_automatic_status(printer: EscposPrinter, host: serial.Serial, sensor: str, frame: str) -> None:
    """GS a 0F sends a frame at once and one when a watched bit changes (TM-T88III guide pp. 316-325)."""
    assert ask(host, b"\x1da\x0f", 4).hex(" ") == "10 00 00 00"
    setattr(printer.state, sensor, True)
    assert host.read(4).hex(" ") == frame


def test_automatic_status_keeps_to_what_was_enabled(printer: EscposPrinter, host: serial.Serial) -> None:
    """With only the drawer enabled a lost roll sends nothing; after GS a 0 nothing does."""
    ask(host, b"\x1da\x01", 4)
    host.timeout = QUIET_SECONDS
    printer.state.near_end = True
    assert host.read(4) == b""
    host.write(b"\x1da\x00")
    time.sleep(QUIET_SECONDS)
    printer.state.drawer_pin = True
    assert host.read(4) == b""


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        (b"\x1dI\x01", b"\x0f"),
        (b"\x1dI\x02", b"\x03"),
        (b"\x1dI\x31", b"\x0f"),
        (b"\x1dI\x41", b"\x5f1.23 ESC/POS\x00"),
        (b"\x1dI\x42", b"\x5fEPSON\x00"),
        (b"\x1dI\x43", b"\x5fTM-T81III\x00"),
        (b"\x1dI\x44", b"\x5fSIM0000001\x00"),
        (b"\x1dI\x45", b"\x5fCHINA GB18030\x00"),
        (b"\x1dI\x21", b"\x3d\x23\x20\x00"),
        (b"\x1dr\x01", b"\x00"),
        (b"\x1dr1", b"\x00"),
        (b"\x1dr\x02", b"\x00"),
        (b"\x1bv", b"\x00"),
        (b"\x1dg2\x00\x32\x00", b"\x5f800\x00"),
        (b"\x1dg2\x00\x14\x00", b"\x5f120000\x00"),
        (b"\x1d(H\x06\x0000ab12", b"\x37\x22ab12\x00"),
        (b"\x1d(H\x03\x0010x", b"\x37\x23x\x00"),
    ],
)
def test_questions(host: serial.Serial, question: bytes, reply: bytes) -> None:
    """Identity, batch status, counters and process ids are answered byte for byte."""
    assert ask(host, question, len(reply)) == reply


def test_counters_count(printer: EscposPrinter, host: serial.Serial) -> None:
    """A cut raises counter 50 by one."""
    assert ask(host, b"\x1dVB\x00\x1dg2\x00\x32\x00", 5) == b"\x5f801\x00"


def test_paper_out_holds_the_job_until_there_is_paper(printer: EscposPrinter, host: serial.Serial) -> None:
    """Nothing is printed and GS r is not answered while out of paper; both follow when the roll is in."""
    printer.state.paper_out = True
    assert ask_quietly(host, gb("缺纸\n") + b"\x1dr\x01") == b""
    assert printer.text() == ""
    printer.state.paper_out = False
    assert host.read(1) == b"\x00"
    assert printer.text() == "缺纸"


def test_full_buffer_says_xoff_and_still_answers_in_real_time(
    printer: EscposPrinter, host: serial.Serial
) -> None:
    """At 128 bytes left XOFF, at none left bytes are lost, DLE EOT is answered, XON comes with the paper."""
    printer.state.cover_open = True
    host.write(b"x" * 5000)
    assert host.read(1) == b"\x13"
    assert ask(host, b"\x10\x04\x02") == b"\x16"
    printer.state.cover_open = False
    assert host.read(1) == b"\x11"
    assert printer.engine.discarded == 5003 - 4096


def test_tcp_waits_when_the_buffer_is_full_and_loses_nothing(printer: EscposPrinter) -> None:
    """Over TCP a full buffer stops reading; all of the job is printed once the cover is closed."""
    printer.state.cover_open = True
    with socket.create_connection(printer.tcp_address, timeout=2) as connection:
        connection.sendall(b"a line of text\n" * 600)
        assert printer.wait_until(lambda: len(printer.received) >= 4096 - 128)
        time.sleep(QUIET_SECONDS)
        assert len(printer.received) <= 4096
        printer.state.cover_open = False
        assert printer.wait_until(lambda: printer.text().count("a line of text") == 600)


@pytest.mark.parametrize(
    ("job", "printed"),
    [
        (b"plain\n", "plain"),
        (b"\x1ba\x01centre\n", " " * 13 + "centre"),
        (b"\x1ba\x02right\n", " " * 27 + "right"),
        (b"\x1dL\x18\x00margin\n", "  margin"),
        (gb("刷卡 扫码\n"), "刷卡 扫码"),
        (b"\x1b@\x1c.\x1bt\x00\x1c&" + gb("上盖未合\n"), "上盖未合"),
        (b"\x1c.\x1bt\x12\x83\x1c&\n", "â"),
        (b"a" * 33 + b"\n", "a" * 32 + "\na"),
        (gb("一" * 15 + "ab二") + b"\n", "一" * 15 + "ab\n二"),
        (b"\x1d!\x11" + b"W" * 17 + b"\n", "W" * 16 + "\nW"),
        (b"two\x1bd\x02x\n", "two\n\nx"),
        (b"cut\n\x1dV\x00", "cut\n[cut]"),
        (b"cut\n\x1dVB\x00", "cut\n[partial cut]"),
        (b"\x1dv0\x00\x02\x00\x03\x00abcdef", "[image 16x3]"),
        (b"\x1b*\x21\x08\x00" + b"A" * 24 + b"B\n", "[image 8x24]B"),
        (b"\x1b=\x00lost\x1b=\x01kept\n", "kept"),
        (qr_commands(b"7K4P-2Q"), "[QR: 7K4P-2Q]"),
    ],
)
def test_what_is_printed(printer: EscposPrinter, host: serial.Serial, job: bytes, printed: str) -> None:
    """The paper's lines, cuts, pictures and codes follow from the bytes."""
    host.write(job)
    assert printer.wait_until(lambda: printer.text() == printed), printer.text()


@pytest.mark.parametrize("command", [b"\x1b\x06", b"\x1c~", b"\x1d(A\x02\x00\x00\x02", b"\x05", b"\x1bM\x01"])
def test_unknown_commands_are_noted_and_not_printed(
    printer: EscposPrinter, host: serial.Serial, command: bytes
) -> None:
    """A command the printer lacks leaves nothing on the paper and stands in `unknown`."""
    host.write(command + b"after\n")
    assert printer.wait_until(lambda: printer.text() == "after"), printer.text()
    assert printer.unknown == [command]


def test_without_a_chinese_font_the_bytes_are_code_page_characters() -> None:
    """GB18030 sent to a printer without Chinese font prints as rubbish, one cell a byte."""
    with (
        EscposPrinter(chinese=False) as printer,
        serial.Serial(printer.pty_path, 9600, write_timeout=2) as host,
    ):
        host.write(gb("纸\n"))
        assert printer.wait_until(lambda: printer.text() == gb("纸").decode("cp437"))


def test_without_native_qr_and_cutter_nothing_of_them_is_printed() -> None:
    """GS ( k is noted as unknown, GS V cuts nothing."""
    with (
        EscposPrinter(native_qr=False, cutter=False) as printer,
        serial.Serial(printer.pty_path, 9600, write_timeout=2) as host,
    ):
        host.write(qr_commands(b"x") + b"end\n\x1dV\x00")
        assert printer.wait_until(lambda: printer.text() == "end")
        assert len(printer.unknown) == 4


def test_the_picture_holds_a_readable_code(
    printer: EscposPrinter, host: serial.Serial, tmp_path: Path
) -> None:
    """A barcode reader finds the payload in the PNG, which is 384 dots and two edges wide."""
    host.write(gb("门店0412\n") + b"\x1ba\x01" + qr_commands(b"HTTPS://EXAMPLE.TEST/7K4P2Q"))
    assert printer.wait_until(lambda: "[QR" in printer.text())
    printer.write_png(tmp_path / "slip.png")
    assert printer.picture().width == 384 + 48
    assert [code.text for code in zxingcpp.read_barcodes(printer.picture())] == [
        "HTTPS://EXAMPLE.TEST/7K4P2Q"
    ]


def test_raster_dots_are_drawn_where_they_were_sent(printer: EscposPrinter, host: serial.Serial) -> None:
    """The first row F0 of a raster picture is four black dots and then white."""
    host.write(b"\x1dv0\x00\x01\x00\x02\x00\xf0\x0f")
    assert printer.wait_until(lambda: printer.text() != "")
    picture = printer.picture()
    rows = [[picture.getpixel((24 + x, 24 + y)) for x in range(8)] for y in range(2)]
    assert rows == [[0] * 4 + [255] * 4, [255] * 4 + [0] * 4]


@pytest.mark.parametrize(("fault", "prints"), [("silent", False), ("one_way", True)])
def test_no_answer(printer: EscposPrinter, host: serial.Serial, fault: str, prints: bool) -> None:
    """Switched off it neither answers nor prints; a one-way clone prints without answering."""
    setattr(printer.faults, fault, True)
    assert ask_quietly(host, b"\x10\x04\x01text\n") == b""
    assert (printer.text() == "text") is prints
    assert printer.received == b"\x10\x04\x01text\n"


def test_garbled_replies_never_pass_for_a_status(printer: EscposPrinter, host: serial.Serial) -> None:
    """Every junk byte fails the test of the fixed bits."""
    printer.faults.garble = True
    junk = ask_quietly(host, b"\x10\x04\x01" * 8)
    assert len(junk) == 8
    assert not [byte for byte in junk if byte & 0x93 in (0x12, 0x10)]


def test_half_replies(printer: EscposPrinter, host: serial.Serial) -> None:
    """A block loses its end, of four status bytes two arrive."""
    printer.faults.half_reply = True
    assert ask_quietly(host, b"\x1dI\x42") == b"\x5fEP"
    assert ask_quietly(host, b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04") == b"\x12\x12"


def test_drip(printer: EscposPrinter, host: serial.Serial) -> None:
    """Junk keeps coming, and no answer between it."""
    printer.faults.drip_seconds = 0.01
    printer.faults.drip = True
    dripped = ask(host, b"\x10\x04\x01", 20)
    assert len(dripped) == 20
    assert b"\x12" not in dripped


def test_wrong_speed(printer: EscposPrinter, host: serial.Serial) -> None:
    """At another speed than its own it sends junk and prints nothing; at its own it answers."""
    host.baudrate = 19200
    junk = ask_quietly(host, b"\x10\x04\x01text\n")
    assert junk
    assert not [byte for byte in junk if byte & 0x93 == 0x12]
    printer.speed = 19200
    assert ask(host, b"\x10\x04\x01") == b"\x12"
    assert printer.text() == ""


def test_at_a_wrong_speed_the_same_question_is_the_same_noise(
    printer: EscposPrinter, host: serial.Serial
) -> None:
    """Both ways as calculated: 10 04 01 at 19200 is 2A FC at 9600, and 12 at 9600 is 18 E0 at 19200."""
    host.baudrate = 19200
    assert [ask_quietly(host, b"\x10\x04\x01") for _ in range(3)] == 3 * [b"\x18\xe0"]
    assert {entry.heard for entry in printer.journal.entries if entry.inward} == {b"\x2a\xfc"}


def test_vanishing(tmp_path: Path) -> None:
    """Unplugged, the device and its link are gone and the host's read fails; plugged in, the link is back."""
    link = tmp_path / "ttyPOS"
    with EscposPrinter(link=link) as printer:
        with serial.Serial(str(link), 9600, timeout=1) as host:
            path = printer.pty_path
            printer.vanish()
            with pytest.raises(serial.SerialException):
                host.read(1)
        assert not Path(path).exists()
        assert not link.is_symlink()
        printer.plug_in()
        with serial.Serial(str(link), 9600, timeout=1) as host:
            assert ask(host, b"\x10\x04\x01") == b"\x12"


def test_the_port_belongs_to_dialout(printer: EscposPrinter) -> None:
    """Created as root it looks like Debian's serial ports: group 20, mode 0660."""
    found = Path(printer.pty_path).stat()
    like_debian = (found.st_gid, stat.S_IMODE(found.st_mode)) == (20, 0o660)
    assert like_debian == (os.geteuid() == 0)


def test_recovery_is_a_real_time_command(printer: EscposPrinter, host: serial.Serial) -> None:
    """DLE ENQ 2 clears a cutter error together with the buffered job; DLE ENQ 1 keeps the job."""
    for mode, printed in ((b"\x02", ""), (b"\x01", "job")):
        printer.state.cutter_error = True
        host.write(b"job\n\x10\x05" + mode)
        assert printer.wait_until(lambda: not printer.state.cutter_error)
        assert printer.wait_until(lambda printed=printed: printer.text() == printed)  # type: ignore[misc]
    assert printer.engine.recoveries == [2, 1]


def test_the_journal_has_times_and_ports(printer: EscposPrinter, host: serial.Serial) -> None:
    """A test can assert that a heartbeat wrote nothing but DLE EOT, and when."""
    before = time.monotonic()
    ask(host, b"\x10\x04\x01")
    with socket.create_connection(printer.tcp_address, timeout=2) as connection:
        connection.sendall(b"\x10\x04\x04")
        assert connection.recv(1) == b"\x12"
    received = [entry for entry in printer.journal.entries if entry.inward]
    assert [entry.octets for entry in received] == [b"\x10\x04\x01", b"\x10\x04\x04"]
    assert received[0].port == "serial"
    assert before <= received[0].at <= received[1].at


@pytest.fixture
def blocking() -> Iterator[EscposPrinter]:
    with EscposPrinter(flow_control="blocking") as started:
        yield started


def test_a_blocking_line_makes_the_host_wait(blocking: EscposPrinter) -> None:
    """With hardware-like flow control a host's write times out while the cover is open."""
    blocking.state.cover_open = True
    with serial.Serial(blocking.pty_path, 9600, write_timeout=QUIET_SECONDS) as host:
        with pytest.raises(serial.SerialTimeoutException):
            host.write(b"x" * 100_000)
        blocking.state.cover_open = False
        assert blocking.wait_until(lambda: "x" in blocking.text())


def test_a_picture_larger_than_the_buffer_loses_nothing(printer: EscposPrinter, host: serial.Serial) -> None:
    """An online printer prints a 240-row band as it comes: 11,520 bytes through a 4 KB buffer."""
    host.write_timeout = 10
    host.write(b"\x1dv0\x00\x30\x00\xf0\x00" + b"\xaa" * 48 * 240 + b"end\n")

    assert printer.wait_until(lambda: "end" in printer.text(), 10)
    assert printer.engine.discarded == 0
