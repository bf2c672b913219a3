"""Every bit an ESC/POS printer can send, alone and in likely pairs: what is decoded, found and said of it."""

from __future__ import annotations

import os
import re
import select
import tempfile
import threading
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import serial
from babel.messages.pofile import read_po

from agent.diagnosis import diagnose
from probes.receipt_printer.conditions import STATES
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.probe import PROBE
from probes.receipt_printer.remembered import SUBJECT
from protocols.escpos.status import decode_automatic, decode_real_time
from protocols.escpos.stream import sort
from simulators.escpos_printer import EscposPrinter
from tests.conftest import RunProbe
from vocabulary import texts
from vocabulary.reading import Reading, Reason, Status
from vocabulary.report import Known

CONDITIONS = {condition.code: condition for condition in PROBE.conditions}
PO = Path(__file__).parents[3] / "vocabulary/locale/zh_CN/LC_MESSAGES/receipt_printer.po"

# All that can be said of a printer but "offline", which somebody who feeds paper explains.
EVERY = {condition.code.removeprefix("receipt-printer.") for condition in STATES} - {"offline"}

# Replies to DLE EOT 1-4 (TM-T88III guide pp. 304 ff.), what fails, and its cause.
REPLIES = [
    ("12 12 12 12", [], []),
    # n=1: drawer pin 3, offline, waiting for recovery, feed button
    ("16 12 12 12", [], []),
    ("1A 12 12 12", ["offline"], ["offline"]),
    ("32 12 12 12", ["recovering"], ["recovering"]),
    ("52 12 12 12", [], []),
    # n=2: cover, fed by button, stopped by paper end, error
    ("12 16 12 12", ["cover-open"], ["cover-open"]),
    ("12 1A 12 12", [], []),
    ("12 32 12 12", ["paper-out"], ["paper-out"]),
    ("12 52 12 12", ["offline"], ["offline"]),
    # n=3: mechanical, cutter, unrecoverable, automatically recoverable
    ("12 12 16 12", ["recoverable-error"], ["recoverable-error"]),
    ("12 12 1A 12", ["cutter-error"], ["cutter-error"]),
    ("12 12 32 12", ["unrecoverable-error"], ["unrecoverable-error"]),
    ("12 12 52 12", ["overheated"], ["overheated"]),
    # n=4: each bit of a pair alone, then the pairs: near end, end, both
    ("12 12 12 16", [], []),
    ("12 12 12 1A", [], []),
    ("12 12 12 1E", ["near-end"], ["near-end"]),
    ("12 12 12 32", ["paper-out"], ["paper-out"]),
    ("12 12 12 52", [], []),
    ("12 12 12 72", ["paper-out"], ["paper-out"]),
    ("12 12 12 7E", ["near-end", "paper-out"], ["paper-out"]),
    # offline and why
    ("1A 32 12 7E", ["near-end", "offline", "paper-out"], ["paper-out"]),
    ("1A 32 12 72", ["offline", "paper-out"], ["paper-out"]),
    ("1A 16 12 12", ["cover-open", "offline"], ["cover-open"]),
    ("1A 36 12 7E", ["cover-open", "near-end", "offline", "paper-out"], ["cover-open"]),
    ("1A 16 52 12", ["cover-open", "offline", "overheated"], ["cover-open"]),
    ("1A 52 16 12", ["offline", "recoverable-error"], ["recoverable-error"]),
    ("1A 52 1A 12", ["cutter-error", "offline"], ["cutter-error"]),
    ("1A 52 1E 12", ["cutter-error", "offline", "recoverable-error"], ["cutter-error"]),
    ("1A 52 32 12", ["offline", "unrecoverable-error"], ["unrecoverable-error"]),
    ("1A 52 52 12", ["offline", "overheated"], ["overheated"]),
    ("1A 52 12 12", ["offline"], ["offline"]),
    ("3A 12 12 12", ["offline", "recovering"], ["recovering"]),
    ("3A 32 12 7E", ["near-end", "offline", "paper-out", "recovering"], ["paper-out"]),
    ("3A 52 1A 12", ["cutter-error", "offline", "recovering"], ["cutter-error"]),
    # somebody feeds paper, with the drawer open too
    ("5A 1A 12 12", [], []),
    ("5E 1A 12 1E", ["near-end"], ["near-end"]),
    # two faults that have nothing to do with each other are two causes
    ("1A 72 1A 7E", ["cutter-error", "near-end", "offline", "paper-out"], ["cutter-error", "paper-out"]),
    ("1A 56 32 12", ["cover-open", "offline", "unrecoverable-error"], ["cover-open", "unrecoverable-error"]),
    # everything at once
    (
        "7E 7E 7E 7E",
        sorted(EVERY),
        ["cover-open", "cutter-error", "unrecoverable-error"],
    ),
]

# A frame of Automatic Status Back (TM-T88III guide pp. 316-325), and what it says.
FRAMES = [
    ("10 00 00 00", []),
    # byte 1: drawer pin 3, offline, cover, feed button
    ("14 00 00 00", []),
    ("18 00 00 00", ["offline"]),
    ("30 00 00 00", ["cover-open"]),
    ("50 00 00 00", []),
    # byte 2: waiting, feed button, mechanical, cutter, unrecoverable, automatically recoverable
    ("10 01 00 00", ["recovering"]),
    ("10 02 00 00", []),
    ("10 04 00 00", ["recoverable-error"]),
    ("10 08 00 00", ["cutter-error"]),
    ("10 20 00 00", ["unrecoverable-error"]),
    ("10 40 00 00", ["overheated"]),
    # byte 3: each bit of a pair alone, the pairs, and what is reserved
    ("10 00 01 00", []),
    ("10 00 02 00", []),
    ("10 00 03 00", ["near-end"]),
    ("10 00 04 00", []),
    ("10 00 08 00", []),
    ("10 00 0C 00", ["paper-out"]),
    ("10 00 20 00", []),
    ("10 00 40 00", []),
    # byte 4: all reserved
    ("10 00 00 01", []),
    ("10 00 00 02", []),
    ("10 00 00 04", []),
    ("10 00 00 08", []),
    ("14 00 00 0F", []),
    ("10 00 00 20", []),
    ("10 00 00 40", []),
    # together
    ("18 00 0F 00", ["near-end", "offline", "paper-out"]),
    ("38 00 00 00", ["cover-open", "offline"]),
    ("38 00 0F 00", ["cover-open", "near-end", "offline", "paper-out"]),
    ("38 40 00 00", ["cover-open", "offline", "overheated"]),
    ("18 08 00 00", ["cutter-error", "offline"]),
    ("18 0C 00 00", ["cutter-error", "offline", "recoverable-error"]),
    ("18 20 00 00", ["offline", "unrecoverable-error"]),
    ("18 40 00 00", ["offline", "overheated"]),
    ("18 01 00 00", ["offline", "recovering"]),
    ("58 02 00 00", []),
    ("7C 6F 0F 00", sorted(EVERY)),
]


@pytest.fixture
def folder(holders_socket: str) -> Iterator[Path]:
    """A folder the unprivileged child may enter, which it may not enter pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        (Path(name) / "port-holders.sock").symlink_to(holders_socket)
        yield Path(name)


@contextmanager
def playing(folder: Path, replies: Sequence[bytes]) -> Iterator[str]:
    """A pty whose other end gives the n-th of `replies` to DLE EOT n."""
    master, slave = os.openpty()
    tty.setraw(slave)
    Path(os.ttyname(slave)).chmod(0o666)
    (folder / "pty").symlink_to(os.ttyname(slave))
    stop, stopper = os.pipe()

    def serve() -> None:
        question = b""
        while master in select.select([master, stop], [], [])[0]:
            question += os.read(master, 3 - len(question))
            if len(question) == 3:
                os.write(master, replies[question[2] - 1])
                question = b""

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield str(folder / "pty")
    finally:
        os.write(stopper, b"!")
        thread.join()
        for descriptor in (master, slave, stop, stopper):
            os.close(descriptor)


def failing(readings: Sequence[Reading]) -> list[str]:
    codes = [reading.code for reading in readings if reading.status is Status.FAILING]
    return sorted(code.removeprefix("receipt-printer.") for code in codes)


def causes(readings: Sequence[Reading]) -> list[str]:
    known = tuple(Known(reading=reading, since=0.0) for reading in readings)
    return sorted(cause.code.removeprefix("receipt-printer.") for cause in diagnose(known, CONDITIONS).causes)


def at(port: str, folder: Path, model: str = "generic") -> ReceiptPrinterOptions:
    return ReceiptPrinterOptions(port=port, model=model, holders_socket=f"{folder}/port-holders.sock")


def states(said: object) -> list[str]:
    codes = [condition.code for condition, sign in STATES.items() if getattr(said, sign)]
    return sorted(code.removeprefix("receipt-printer.") for code in codes)


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    """The .po file itself, so that a stale .mo would be seen."""
    with PO.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def check_sentences(readings: Sequence[Reading], chinese: dict[str, str]) -> None:
    """Title, text, remedy and the rest of each failing reading, in English and as the .po file has them."""
    for reading in readings:
        if reading.status is not Status.FAILING:
            continue
        condition = CONDITIONS[reading.code]
        english, translated = (texts.words(condition, (reading,), language) for language in ("en", "zh"))
        facts = {**reading.facts, "subject": reading.subject}
        in_chinese = {key: chinese.get(str(value), value) for key, value in facts.items()}
        for part in ("title", "text", "remedy", "avoid", "prepare"):
            template = getattr(condition, part)
            assert getattr(english, part) == template.format_map(facts)
            assert getattr(translated, part) == (chinese[template] if template else "").format_map(in_chinese)
        assert str(reading.facts["port"]) in english.text
        assert re.search("[一-鿿]", translated.text)


@pytest.mark.parametrize(("replies", "fails", "because"), REPLIES)
def test_each_bit_of_the_replies_is_found_and_said(
    *,
    replies: str,
    fails: list[str],
    because: list[str],
    folder: Path,
    run_probe: RunProbe,
    chinese: dict[str, str],
) -> None:
    """The bytes over a pty, through the whole probe: what fails, its cause, its sentences."""
    octets = bytes.fromhex(replies)
    assert states(decode_real_time(dict(enumerate(octets, start=1)))) == fails
    with playing(folder, [bytes((octet,)) for octet in octets]) as port:
        run = run_probe(PROBE, at(port, folder))
    assert (run.error, failing(run.readings), causes(run.readings)) == ("", fails, because)
    assert all(reading.facts.get("replies", replies) == replies for reading in run.readings)
    check_sentences(run.readings, chinese)


def test_every_bit_of_the_replies_has_a_row_of_its_own() -> None:
    """Bits 2, 3, 5 and 6 of each of the four, alone."""
    alone = {(n, 0x12 | bit) for n in range(4) for bit in (0x04, 0x08, 0x20, 0x40)}
    rows = [tuple(bytes.fromhex(replies)) for replies, _, _ in REPLIES]
    found = {(n, row[n]) for row in rows for n in range(4) if [b for b in row if b != 0x12] == [row[n]]}
    assert alone <= found


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_reply_means_the_sum_of_its_bits(number: int) -> None:
    """All sixteen replies to each question; the pairs of n=4 count whole or, for the end, by bit 5."""

    def signs(byte: int) -> set[str]:
        said = decode_real_time({number: byte})
        return {name for name in said.__struct_fields__ if getattr(said, name)}

    parts = [0x04, 0x08, 0x20, 0x40] if number < 4 else [0x0C, 0x20, 0x40]
    for byte in (0x12 | low | high for low in (0, 4, 8, 12) for high in (0, 0x20, 0x40, 0x60)):
        bits = [part for part in parts if byte & part == part]
        assert signs(byte) == set().union(*(signs(0x12 | bit) for bit in bits))


@pytest.mark.parametrize(("frame", "says"), FRAMES)
def test_each_bit_of_a_frame_is_decoded_and_said(
    frame: str, says: list[str], chinese: dict[str, str]
) -> None:
    """As a condition with its sentences, in the same words as the replies."""
    said = decode_automatic(bytes.fromhex(frame))
    assert states(said) == says
    facts = {"port": "/dev/ttyS0", "setting": "9600 8N1", "paper": "thermal paper", "replies": frame}
    found = [condition.failing(SUBJECT, **facts) for condition, sign in STATES.items() if getattr(said, sign)]  # type: ignore[arg-type]
    check_sentences(found, chinese)


def test_every_bit_of_a_frame_has_a_row_of_its_own() -> None:
    """All that are not fixed: four of byte 1, six of each of the others."""
    rows = {bytes.fromhex(frame) for frame, _ in FRAMES}
    for place, bits in enumerate(((0x04, 0x08, 0x20, 0x40), *3 * ((0x01, 0x02, 0x04, 0x08, 0x20, 0x40),))):
        for bit in bits:
            row = bytearray(b"\x10\x00\x00\x00")
            row[place] |= bit
            assert bytes(row) in rows


@pytest.mark.parametrize(("frame", "says"), FRAMES)
@pytest.mark.parametrize("replies", ["12 12 12 12", "1A 32 12 7E"], ids=["well", "paper out"])
def test_a_frame_among_the_replies_neither_hides_nor_adds_a_finding(
    frame: str, says: list[str], replies: str
) -> None:
    """Someone switched automatic status on: what was asked is what counts, byte for byte."""
    heard = [bytes.fromhex(frame) + bytes((octet,)) for octet in bytes.fromhex(replies)]
    assert says == states(decode_automatic(heard[0][:4]))
    assert [sort(each).only_reply for each in heard] == list(bytes.fromhex(replies))


SENSORS = {
    "offline": (["offline"], "1A 12 12 12", "18 00 00 00"),
    "cover_open": (["cover-open", "offline"], "1A 16 12 12", "38 00 00 00"),
    "near_end": (["near-end"], "12 12 12 1E", "10 00 03 00"),
    "paper_out": (["near-end", "offline", "paper-out"], "1A 32 12 7E", "18 00 0F 00"),
    "cutter_error": (["cutter-error", "offline"], "1A 52 1A 12", "18 08 00 00"),
    "recoverable_error": (["offline", "recoverable-error"], "1A 52 16 12", "18 04 00 00"),
    "unrecoverable_error": (["offline", "unrecoverable-error"], "1A 52 32 12", "18 20 00 00"),
    "head_hot": (["offline", "overheated"], "1A 52 52 12", "18 40 00 00"),
    "feed_button": ([], "5A 1A 12 12", "58 02 00 00"),
    "drawer_pin": ([], "16 12 12 12", "14 00 00 00"),
    "waiting_recovery": (["offline", "recovering"], "3A 12 12 12", "18 01 00 00"),
}


@pytest.mark.parametrize("sensor", SENSORS)
def test_a_printer_with_automatic_status_on_is_told_the_same(
    sensor: str, folder: Path, run_probe: RunProbe, chinese: dict[str, str]
) -> None:
    """A simulated printer that sends a frame at the change: frame and replies say the same."""
    fails, replies, frame = SENSORS[sensor]
    with EscposPrinter(link=folder / "printer") as printer:
        with serial.Serial(printer.pty_path) as host:
            host.write(b"\x1da\x4f")
            host.read(4)
        setattr(printer.state, sensor, True)
        assert printer.wait_until(lambda: bytes.fromhex(frame) in printer.sent)
        run = run_probe(PROBE, at(f"{folder}/printer", folder))
    assert (run.error, failing(run.readings)) == ("", fails)
    assert states(decode_automatic(bytes.fromhex(frame))) == fails
    assert states(decode_real_time(dict(enumerate(bytes.fromhex(replies), start=1)))) == fails
    check_sentences(run.readings, chinese)


@pytest.mark.parametrize(
    ("model", "replies", "fails", "unknown"),
    [
        ("814m", "1A 56 32 12", ["cover-open", "offline"], ["recoverable-error", "unrecoverable-error"]),
        ("srp-250", "1A 32 12 1E", ["offline", "paper-out"], ["cover-open", "cutter-error", "near-end"]),
        ("srp-350", "32 12 12 12", [], ["recoverable-error", "recovering"]),
    ],
)
def test_a_model_is_understood_by_its_own_manual(
    *, model: str, replies: str, fails: list[str], unknown: list[str], folder: Path, run_probe: RunProbe
) -> None:
    """Through the probe; what the model does not say is unknown, not well."""
    with playing(folder, [bytes((octet,)) for octet in bytes.fromhex(replies)]) as port:
        run = run_probe(PROBE, at(port, folder, model))
    left = sorted(
        r.code.removeprefix("receipt-printer.") for r in run.readings if r.reason is Reason.NOT_SUPPORTED
    )
    assert (run.error, failing(run.readings), left) == ("", fails, unknown)


def test_a_model_nobody_knows_is_refused_in_the_settings() -> None:
    """With the names that are known."""
    with pytest.raises(ValueError, match="srp-250"):
        ReceiptPrinterOptions(model="tm-x")
