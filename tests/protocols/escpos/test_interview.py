"""Asking over a real descriptor: answers, noise, silence, and nothing longer than the deadline."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count

import pytest

from protocols.escpos.identity import ask_identity
from protocols.escpos.interview import Interview, Outcome, interview
from protocols.escpos.port import Port

Answer = Callable[[int, int], bytes]
LATER = b" later "


@contextmanager
def device(answer: Answer, waiting: bytes = b"") -> Iterator[socket.socket]:
    """The other end of a socket pair: `answer(n, how many questions before)` to each DLE EOT n.

    What stands behind LATER in an answer is sent 10 ms after the rest.
    """
    ours, theirs = socket.socketpair()
    theirs.sendall(waiting)

    def serve() -> None:
        for asked in count():
            question = theirs.recv(3, socket.MSG_WAITALL)
            if len(question) < 3:
                return
            first, _, late = answer(question[2], asked).partition(LATER)
            with suppress(OSError):  # the host has closed meanwhile
                theirs.sendall(first)
                time.sleep(0.01 if late else 0.0)
                theirs.sendall(late)

    thread = threading.Thread(target=serve)
    thread.start()
    ours.setblocking(False)
    with theirs:
        with ours:
            yield ours
        thread.join()


def ask(answer: Answer, waiting: bytes = b"", seconds: float = 2.5) -> Interview:
    with device(answer, waiting) as ours:
        return interview(Port(ours.fileno()), time.monotonic() + seconds)


def test_four_answers_are_four_replies() -> None:
    """Each under the number that was asked."""
    heard = ask(lambda number, _: bytes(((0x1A, 0x32, 0x12, 0x7E)[number - 1],)))
    assert (heard.outcome, heard.replies) == (Outcome.ANSWERED, {1: 0x1A, 2: 0x32, 3: 0x12, 4: 0x7E})


def test_what_was_waiting_is_not_taken_for_an_answer() -> None:
    """A frame and XOFF, and half an old answer that looks like paper out."""
    heard = ask(lambda _, __: b"\x12", waiting=bytes.fromhex("1C000C00 13 32"))
    assert (heard.replies, heard.repeated) == (dict.fromkeys((1, 2, 3, 4), 0x12), ())


def test_a_frame_among_the_answers_is_no_answer() -> None:
    """ASB is on, and the state changes while we ask."""
    heard = ask(lambda _, __: bytes.fromhex("1400000F 12"))
    assert heard.replies == dict.fromkeys((1, 2, 3, 4), 0x12)


def test_a_question_without_an_answer_leaves_the_others() -> None:
    """A clone that does not know DLE EOT 3."""
    heard = ask(lambda number, _: b"" if number == 3 else b"\x12")
    assert (heard.outcome, sorted(heard.replies), heard.repeated) == (Outcome.ANSWERED, [1, 2, 4], (3,))


def test_silence_is_asked_twice_and_no_more() -> None:
    """A printer at another speed may print each question as text."""
    with device(lambda _, __: b"") as ours:
        port = Port(ours.fileno())
        assert interview(port, time.monotonic() + 2.5).outcome is Outcome.SILENT
    assert port.written == b"\x10\x04\x01" * 2


def test_the_same_noise_twice_looks_like_another_speed() -> None:
    """19200 at 9600 samples as 2A FC (calculated)."""
    heard = ask(lambda _, __: b"\x2a\xfc")
    assert (heard.outcome, heard.follows_questions, heard.repeats) == (Outcome.GARBLED, True, True)


def test_changing_noise_does_not_repeat() -> None:
    """Interference is not the same twice."""
    heard = ask(lambda _, asked: bytes((0xF0 + asked,)))
    assert (heard.outcome, heard.follows_questions, heard.repeats) == (Outcome.GARBLED, True, False)


def test_our_own_question_coming_back_is_no_speed() -> None:
    """A loop in the cable, or a terminal that echoes."""
    heard = ask(lambda number, _: bytes((0x10, 0x04, number)))
    assert (heard.outcome, heard.follows_questions) == (Outcome.GARBLED, False)


@pytest.mark.parametrize("noisy", [1, 2, 3, 4])
def test_one_spike_is_asked_again(noisy: int) -> None:
    """Noise at one question, the second interview clean: answered, and counted as lost answers."""
    spikes = iter([b"\xff"])
    heard = ask(lambda number, _: next(spikes, b"\x12") if number == noisy else b"\x12")
    assert (heard.outcome, heard.repeated) == (Outcome.ANSWERED, (1, 2, 3, 4))


@pytest.mark.parametrize("noisy", [2, 3, 4])
def test_noise_that_stays_discredits_what_was_understood(noisy: int) -> None:
    """Replies beside noise are not believed, and rule out a wrong speed."""
    heard = ask(lambda number, _: b"\xff" if number == noisy else b"\x12")
    assert (heard.outcome, heard.replies, heard.follows_questions) == (Outcome.GARBLED, {}, False)


@pytest.mark.parametrize(
    "answer",
    [b"\x12\x12", b"\x12\xff", b"\xff\x12", b"\x10\x00\x00", b"\x00" * 5, b"\xff" * 700],
    ids=["two replies", "reply, noise", "noise, reply", "half a frame", "breaks", "flood"],
)
def test_noise_is_never_well(answer: bytes) -> None:
    """Whatever passes the fixed bits here and there."""
    assert ask(lambda _, __: answer).outcome is Outcome.GARBLED


@pytest.mark.parametrize("late", [b"\xff", b"\x12"], ids=["noise", "reply"])
def test_what_follows_the_last_answer_is_heard_too(late: bytes) -> None:
    """A device that says more than it was asked is not a printer, however well its first byte looked."""
    heard = ask(lambda number, _: b"\x12" + (LATER + late if number == 4 else b""))
    assert heard.outcome is Outcome.GARBLED


def test_a_late_answer_is_not_taken_for_the_next_question() -> None:
    """A printer that answers the first question only after the second was put: its 1A is not n=2's."""
    late = {0: b"", 1: b"\x1a" + LATER + b"\x1a"}
    heard = ask(lambda _, asked: late.get(asked, b"\x12"))
    assert (heard.outcome, heard.replies) == (Outcome.ANSWERED, {1: 0x1A, 2: 0x12, 3: 0x12, 4: 0x12})


def test_the_deadline_holds_whatever_comes() -> None:
    """Questions that are not answered, with a quarter second for all of them."""
    began = time.monotonic()
    ask(lambda number, _: b"\x12" if number == 1 else b"", seconds=0.25)
    assert time.monotonic() - began < 1.0


def test_a_printer_that_takes_no_bytes_is_silent() -> None:
    """A full buffer behind a held line: the write gives up by itself."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        while True:
            try:
                ours.send(b"x" * 4096)
            except BlockingIOError:
                break
        assert interview(Port(ours.fileno()), time.monotonic() + 2.5).outcome is Outcome.SILENT


def test_an_end_that_is_gone_raises() -> None:
    """Readable and empty for ever, as a hung-up line is, though it may still take our bytes: not silence."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(OSError, match="gone"):
            interview(Port(ours.fileno()), time.monotonic() + 2.5)


def test_a_byte_taken_by_another_reader_is_noticed() -> None:
    """Readable, then empty: an empty datagram looks so. Somebody holds the port without locking it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        ours.setblocking(False)
        theirs.send(b"")
        theirs.send(b"\x12")
        port = Port(ours.fileno())
        assert interview(port, time.monotonic() + 2.5).outcome is Outcome.SHARED


def test_an_identity_that_never_ends_is_no_identity() -> None:
    """A header, then silence: no block, and no waiting beyond the deadline."""
    with device(lambda _, __: b"\x5fEPSON") as ours:
        began = time.monotonic()
        assert ask_identity(Port(ours.fileno()), time.monotonic() + 0.5) == {}
    assert time.monotonic() - began < 1.0


def test_an_identity_is_only_what_can_be_printed() -> None:
    """Control characters and Chinese bytes from a clone do not reach a screen."""
    with device(lambda number, _: b"\x5f" + bytes((number, 0x1B, 0xB0, 0x42)) + b"\x00") as ours:
        told = ask_identity(Port(ours.fileno()), time.monotonic() + 2.0)
    assert told == {"maker": "BB", "model": "CB", "firmware": "AB", "serial_number": "DB", "fonts": "EB"}
