"""GS g 2: one counter at a time, a number or nothing."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from protocols.escpos.counters import COUNTERS, ask_counters
from protocols.escpos.port import Port


def ask(answer: Callable[[int], bytes]) -> tuple[dict[str, int], bytes]:
    """`answer` to each counter's number; what was understood, and what we wrote."""
    ours, theirs = socket.socketpair()

    def serve() -> None:
        with suppress(OSError):
            while len(question := theirs.recv(6, socket.MSG_WAITALL)) == 6:
                theirs.sendall(answer(question[4]))

    thread = threading.Thread(target=serve)
    thread.start()
    ours.setblocking(False)
    with theirs:
        with ours:
            port = Port(ours.fileno())
            found = ask_counters(port, time.monotonic() + 2.0)
        thread.join()
    return found, bytes(port.written)


def test_each_counter_is_asked_by_itself() -> None:
    """20, 21, 50 and 70, in the bytes of Epson's page of GS g 2."""
    found, written = ask(lambda number: b"\x5f%d\x00" % (number * 100))
    assert found == {"lines_fed": 2000, "head_energisings": 2100, "cuts": 5000, "hours_on": 7000}
    assert written == b"".join(bytes((0x1D, 0x67, 0x32, 0, number, 0)) for number in COUNTERS.values())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x5f12",
        b"\x5f\x00",
        b"\x5f12345678901\x00",
        b"\x5f-5\x00",
        b"\x5f1_0\x00",
        b"\x5f 7\x00",
        b"\x3d7\x00",
    ],
)
def test_what_is_no_counter_ends_the_questions(answer: bytes) -> None:
    """Silence, half a block, no digits, too many, a sign, another block: one question and no more."""
    found, written = ask(lambda _: answer)
    assert (found, len(written)) == ({}, 6)


def test_a_frame_before_the_answer_does_no_harm() -> None:
    """Automatic status may be on."""
    found, _ = ask(lambda _: b"\x10\x00\x00\x00\x5f7\x00")
    assert set(found.values()) == {7}
