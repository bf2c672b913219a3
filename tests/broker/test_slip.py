"""Slips of ours through the broker, between the POS's jobs."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.slip import SlipAnswers
from protocols.escpos.print_end import answer
from simulators.escpos_printer import EscposPrinter
from tests.broker.fake_pos import CUT, INITIALISE, OURS, PICTURE, FakePos, receipt
from tests.broker.service import Service, wait_for

CONFIRM = re.compile(rb"\x1d\(H\x06\x0000PH..\x1dr\x01")


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[EscposPrinter]:
    with EscposPrinter(speed=None, flow_control="blocking", link=tmp_path / "ttyS7") as started:
        yield started


@pytest.fixture
def broker(tmp_path: Path, printer: EscposPrinter) -> Iterator[Service]:
    with Service(tmp_path, str(tmp_path / "ttyS7")) as started:
        yield started


def slip(number: int) -> bytes:
    """A picture in it, which anything in between would spoil."""
    return INITIALISE + b"SLIP %03d\n" % number + PICTURE * 20 + b"END %03d\n" % number + CUT


def hand_over(broker: Service, job: bytes) -> str:
    """All that the broker says to it."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(broker.socket))
        connection.sendall(b"print %d\n" % len(job) + job)
        said = b""
        while said.count(b"\n") < 2 and not said.startswith((b"busy", b"gone", b"what")):
            piece = connection.recv(4096)
            if not piece:
                break
            said += piece
    return " ".join(said.decode().split())


def without_asking(octets: bytes) -> bytes:
    return OURS.sub(b"", CONFIRM.sub(b"", octets))


def test_a_slip_is_printed_and_confirmed(broker: Service, printer: EscposPrinter) -> None:
    assert hand_over(broker, slip(1)) == "begun printed"
    assert without_asking(printer.received) == slip(1)


def test_the_fence_alone_says_accepted(tmp_path: Path) -> None:
    """A printer without GS ( H."""
    with (
        EscposPrinter(speed=None, process_id=False, link=tmp_path / "ttyS7"),
        Service(tmp_path, str(tmp_path / "ttyS7")) as broker,
    ):
        assert hand_over(broker, slip(1)) == "begun accepted"


def test_the_pos_hears_nothing_of_it(broker: Service) -> None:
    """Neither the block of GS ( H nor the byte of GS r; its own answer comes."""
    with FakePos(broker.link) as pos:
        assert hand_over(broker, slip(1)) == "begun printed"
        pos.send(b"\x1d(H\x06\x0000abcd\x1dr\x01")
        assert pos.hear(at_least=8) == b"\x37\x22abcd\x00\x00"


def test_a_late_answer_does_not_reach_the_pos(broker: Service, printer: EscposPrinter) -> None:
    """The paper ran out in the middle: begun, and the client has gone by the time it goes on."""
    with FakePos(broker.link) as pos, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(broker.socket))
        client.settimeout(5)
        printer.state.cover_open = True
        client.sendall(b"print %d\n" % len(slip(1)) + slip(1))
        assert client.recv(64) == b"begun\n"
        client.close()
        printer.state.cover_open = False
        wait_for(lambda: b"\x37\x22PH" in printer.sent)
        assert pos.hear(0.3) == b""


def test_200_receipts_while_five_slips_go_through(broker: Service, printer: EscposPrinter) -> None:
    """Every byte of the POS in order, each slip whole and between two of its jobs."""
    random.seed(7)
    said: list[str] = []
    done = threading.Event()

    def ask() -> None:
        said.extend(hand_over(broker, slip(number)) for number in range(5))
        done.set()

    thread = threading.Thread(target=ask, daemon=True)
    sent: list[bytes] = []
    with FakePos(broker.link) as pos:
        thread.start()
        while len(sent) < 200 or not done.is_set():
            sent.append(receipt(len(sent)))
            cut = random.randrange(len(sent[-1]))
            pos.send(sent[-1][:cut])
            pos.send(sent[-1][cut:])
            if len(sent) % 10 == 0:
                time.sleep(0.06)  # the POS's idle time, in which one may begin
        expected = b"".join(sent)
        wait_for(lambda: len(without_asking(printer.received)) >= len(expected) + 5 * len(slip(0)))
    thread.join()
    rest = without_asking(printer.received)
    for number in range(5):
        assert rest.count(slip(number)) == 1
        at = rest.index(slip(number))
        assert at == 0 or rest[:at].endswith(CUT)
        rest = rest.replace(slip(number), b"")
    assert rest == expected
    assert said == ["begun printed"] * 5


@pytest.mark.parametrize("beginning", [b"half a line", b"\x1b", PICTURE[:20], "合".encode("gb18030")[:1]])
def test_a_job_of_the_pos_is_waited_for(broker: Service, printer: EscposPrinter, beginning: bytes) -> None:
    """As long as it takes; then the slip comes behind it."""
    said: list[str] = []
    with FakePos(broker.link) as pos:
        pos.send(beginning)
        wait_for(lambda: printer.received == beginning)
        thread = threading.Thread(target=lambda: said.append(hand_over(broker, slip(1))), daemon=True)
        thread.start()
        time.sleep(0.3)  # ten times the idle time
        assert printer.received == beginning
        end = b"\xa1" * (len(beginning) == 1) + b"\x20" * len(PICTURE) + b"\n" + CUT
        pos.send(end)
        thread.join()
    assert (said, without_asking(printer.received)) == (["begun printed"], beginning + end + slip(1))


def test_of_both_at_once_the_pos_is_first(broker: Service, printer: EscposPrinter) -> None:
    """Slip and receipt come while the broker is stopped."""
    wait_for(lambda: broker.ask("ask 1")[0].endswith("end"))
    said: list[str] = []
    with FakePos(broker.link) as pos:
        os.kill(broker.pid, signal.SIGSTOP)
        thread = threading.Thread(target=lambda: said.append(hand_over(broker, slip(1))), daemon=True)
        thread.start()
        pos.send(receipt(1))
        os.kill(broker.pid, signal.SIGCONT)
        thread.join()
    assert (said, without_asking(printer.received)) == (["begun printed"], receipt(1) + slip(1))


def test_the_pos_waits_until_the_slip_is_out(broker: Service, printer: EscposPrinter) -> None:
    """Begun, and held up by the printer: what the POS sends comes behind it, whole."""
    said: list[str] = []
    printer.state.cover_open = True
    long = slip(1) * 12
    with FakePos(broker.link) as pos:
        thread = threading.Thread(target=lambda: said.append(hand_over(broker, long)), daemon=True)
        thread.start()
        wait_for(lambda: len(printer.received) > 3000)
        pos.send(receipt(1))
        time.sleep(0.1)
        printer.state.cover_open = False
        thread.join()
        wait_for(lambda: printer.received.endswith(CUT))
    assert (said, without_asking(printer.received)) == (["begun printed"], long + receipt(1))


def test_a_printer_that_goes_away_gets_no_rest_of_it(broker: Service, printer: EscposPrinter) -> None:
    """It is unknown, and what had not gone out never does."""
    said: list[str] = []
    printer.state.cover_open = True
    long = slip(1) * 60
    thread = threading.Thread(target=lambda: said.append(hand_over(broker, long)), daemon=True)
    thread.start()
    wait_for(lambda: len(printer.received) > 3000)
    printer.vanish()
    thread.join()
    printer.state.cover_open = False
    before = len(printer.received)
    printer.plug_in()
    with FakePos(broker.link) as pos:
        pos.send(receipt(1))
        wait_for(lambda: printer.received.endswith(receipt(1)))
    assert (said, printer.received[before:]) == (["begun unknown gone"], receipt(1))


def test_killed_in_the_middle_the_slip_is_whole(broker: Service, printer: EscposPrinter) -> None:
    """The rest of it is in the kernel's pipe; the POS's next job stands behind it."""
    printer.state.cover_open = True
    long = slip(1) * 12
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(hand_over(broker, long)), daemon=True)
    thread.start()
    wait_for(lambda: len(printer.received) > 3000)
    broker.kill(signal.SIGKILL)
    thread.join()
    with FakePos(broker.link) as pos:
        pos.send(receipt(1))
        printer.state.cover_open = False
        broker.start()
        wait_for(lambda: printer.received.endswith(receipt(1)))
        assert pos.hear(0.3) == b""
    assert (said, without_asking(printer.received)) == (["begun"], long + receipt(1))


@pytest.mark.parametrize(
    "request_line", [b"print 0\n", b"print 65473\nx", b"print -1\n", b"print 3\nabcd", b"print 3", b"print\n"]
)
def test_nonsense_is_let_go(broker: Service, printer: EscposPrinter, request_line: bytes) -> None:
    """Too long, too short, no number: nothing of it is printed."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(broker.socket))
        connection.sendall(request_line)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(64) in (b"what\n", b"")
    wait_for(lambda: broker.ask("ask 1")[0].endswith("end"))
    assert without_asking(printer.received) == b""


def test_the_longest_slip_goes_through(broker: Service, printer: EscposPrinter) -> None:
    """64 KiB less what asks for the confirmation: all of the pipe."""
    job = (b"x" * 31 + b"\n") * 2046
    assert len(job) == 0xFFC0
    assert hand_over(broker, job) == "begun printed"
    assert without_asking(printer.received) == job


def test_without_a_printer_nothing_begins(broker: Service, printer: EscposPrinter) -> None:
    printer.vanish()
    wait_for(lambda: broker.ask("ask 1")[0].startswith("gone"))
    assert hand_over(broker, slip(1)) == "gone missing"


ANSWER = answer(b"PHab")


@pytest.mark.parametrize(
    ("pieces", "passed", "mark", "fence"),
    [
        ([ANSWER + b"\x00"], b"", b"PHab", True),
        ([ANSWER[:3], ANSWER[3:] + b"\x12\x00"], b"\x12", b"PHab", True),
        # the POS's own
        ([b"\x37\x22abcd\x00"], b"\x37\x22abcd\x00", b"", False),
        ([b"\x37\x22PQcd\x00"], b"\x37\x22PQcd\x00", b"", False),
        ([b"\x5fEPSON\x00\x00"], b"\x5fEPSON\x00", b"", True),
        # Automatic Status Back: its bytes 2 to 4 look like an answer to GS r
        ([b"\x10\x00\x00\x00\x00"], b"\x10\x00\x00\x00", b"", True),
        ([b"\x10\x00", b"\x00\x00"], b"\x10\x00\x00\x00", b"", False),
        # only one
        ([b"\x00\x03"], b"\x03", b"", True),
    ],
)
def test_whose_each_byte_is(pieces: list[bytes], passed: bytes, mark: bytes, fence: bool) -> None:
    answers = SlipAnswers()
    answers.is_fence_due = True
    kept = b"".join(answers.keep_out(piece, 0.01 * at) for at, piece in enumerate(pieces))
    assert (kept, answers.heard_mark, answers.heard_fence) == (passed, mark, fence)


def test_half_an_answer_is_given_on_after_a_while() -> None:
    """It was none of ours."""
    answers = SlipAnswers()
    assert answers.keep_out(b"\x37\x22P", 0.0) == b""
    assert (answers.flush(0.1), answers.flush(0.5)) == (b"", b"\x37\x22P")


def test_it_stays_small_with_a_long_slip(broker: Service) -> None:
    """PSS in kB, as promised in docs/printer-broker.md."""
    assert hand_over(broker, (b"x" * 31 + b"\n") * 2046) == "begun printed"
    lines = Path(f"/proc/{broker.pid}/smaps_rollup").read_text().splitlines()
    (pss,) = (int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    assert os.getpgid(broker.pid)
    assert pss < 12_000
