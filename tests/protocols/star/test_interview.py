"""Asking a Star printer over a real descriptor: frames, noise, silence, and the deadline."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest

from protocols.escpos.interview import Interview, Outcome
from protocols.escpos.port import Port
from protocols.star.interview import interview
from protocols.star.status import STATUS_REQUEST

IDLE = bytes.fromhex("23 06 00 00 00 00 00 00 00")
PAPER_OUT = bytes.fromhex("23 06 08 00 00 0C 00 00 00")


def ask(
    answer: Callable[[int], bytes], waiting: bytes = b"", seconds: float = 2.5
) -> tuple[Interview, bytes, bytes]:
    """`answer` to the first, second ... question; what was found, the frame, and what we wrote."""
    ours, theirs = socket.socketpair()
    theirs.sendall(waiting)

    def serve() -> None:
        with suppress(OSError):  # the host has closed meanwhile
            for asked in count():
                if len(theirs.recv(3, socket.MSG_WAITALL)) < 3:
                    return
                theirs.sendall(answer(asked))

    thread = threading.Thread(target=serve)
    thread.start()
    ours.setblocking(False)
    with theirs:
        with ours:
            port = Port(ours.fileno())
            found, frame = interview(port, time.monotonic() + seconds)
        thread.join()
    return found, frame, bytes(port.written)


def test_one_question_brings_one_frame() -> None:
    """And nothing else is written."""
    found, frame, written = ask(lambda _: PAPER_OUT)
    assert (found.outcome, found.repeated, frame) == (Outcome.ANSWERED, (), PAPER_OUT)
    assert written == STATUS_REQUEST


def test_nothing_is_asked_where_frames_come_by_themselves() -> None:
    """P. 5-11: no request beside automatic status. The newest frame counts."""
    found, frame, written = ask(lambda _: b"", waiting=IDLE + PAPER_OUT)
    assert (found.outcome, frame, written) == (Outcome.ANSWERED, PAPER_OUT, b"")


def test_silence_is_asked_twice_and_no_more() -> None:
    """Off, or no Star printer: a third question would only be printed by a clone."""
    found, frame, written = ask(lambda _: b"")
    assert (found.outcome, found.repeated, frame) == (Outcome.SILENT, (1,), b"")
    assert written == 2 * STATUS_REQUEST


def test_one_spike_is_asked_again() -> None:
    """Noise first, then a frame."""
    found, frame, _ = ask(lambda asked: b"\xff" if asked == 0 else IDLE)
    assert (found.outcome, found.repeated, frame) == (Outcome.ANSWERED, (1,), IDLE)


@pytest.mark.parametrize(
    "answer",
    [b"\xff", b"\x12", IDLE[:8], IDLE + b"\xff", b"\xff" + IDLE, b"\x00" * 9, b"\xff" * 600],
    ids=["byte", "ESC/POS", "half a frame", "frame, noise", "noise, frame", "breaks", "flood"],
)
def test_noise_is_never_well(answer: bytes) -> None:
    """A frame beside noise is not believed."""
    found, frame, _ = ask(lambda _: answer)
    assert (found.outcome, frame) == (Outcome.GARBLED, b"")


@pytest.mark.parametrize(
    ("answers", "follows", "repeats"),
    [
        ((b"\x2a\xfc", b"\x2a\xfc"), True, True),
        ((b"\xf0", b"\xf1"), True, False),
        ((IDLE + b"\xff", IDLE + b"\xff"), False, True),
        ((STATUS_REQUEST, STATUS_REQUEST), False, True),
    ],
    ids=["another speed", "interference", "a frame in it", "echo"],
)
def test_noise_is_told_apart(answers: tuple[bytes, bytes], follows: bool, repeats: bool) -> None:
    """What follows each question with no frame in it may be another speed."""
    found, _, _ = ask(lambda asked: answers[asked])
    assert (found.follows_questions, found.repeats) == (follows, repeats)


def test_a_drip_is_garbled_before_anything_is_asked() -> None:
    """Bytes nobody asked for, for as long as one listens."""
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def drip() -> None:
        while not stop.wait(0.01):
            theirs.send(b"\xff")

    thread = threading.Thread(target=drip)
    with ours, theirs:
        ours.setblocking(False)
        thread.start()
        port = Port(ours.fileno())
        found, _ = interview(port, time.monotonic() + 2.5)
        stop.set()
        thread.join()
    assert (found.outcome, bytes(port.written)) == (Outcome.GARBLED, b"")


def test_a_byte_taken_by_another_reader_is_noticed() -> None:
    """Readable, then empty: somebody holds the port without locking it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.setblocking(False)
        theirs.send(b"")
        theirs.send(IDLE)
        found, frame = interview(Port(ours.fileno()), time.monotonic() + 2.5)
    assert (found.outcome, frame) == (Outcome.SHARED, b"")


def test_the_deadline_holds() -> None:
    """A quarter second for all of it."""
    began = time.monotonic()
    ask(lambda _: IDLE[:4], seconds=0.25)
    assert time.monotonic() - began < 1.0
