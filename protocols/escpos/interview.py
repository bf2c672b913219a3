"""Asks a printer how it is with nothing but DLE EOT 1-4, and tells an answer from noise and silence."""

from __future__ import annotations

import time
from enum import Enum, auto

from msgspec import Struct, structs

from protocols.escpos import status
from protocols.escpos.port import Port
from protocols.escpos.stream import sort

ANSWER_SECONDS = 0.3  # a reply takes 10 ms at 1200 baud and up to 16 ms in an FTDI adapter's buffer
QUIET_SECONDS = 0.03  # three characters at 1200 baud: nothing under way any more
_STRAY_SECONDS = 0.2  # how long bytes nobody asked for may go on before they count as a drip
_MOST_BYTES = 512
# A wrong-speed reply lasts as long as the byte the printer sent: 8 ms at 1200 baud, and the adapter's buffer.
_REPLY_LASTS_SECONDS = 0.1


class Outcome(Enum):
    ANSWERED = auto()
    SILENT = auto()
    GARBLED = auto()
    SHARED = auto()


class Interview(Struct, frozen=True, kw_only=True):
    """`replies` maps n of DLE EOT n to a byte that passed its fixed bits; `repeated` are the questions
    asked twice; `heard` is what was not understood.

    `understood`: there were replies beside the noise. `follows_questions`: noise came shortly after each
    question and nothing at all was understood. `repeats`: it was the same noise both times. A printer at
    another speed does both; interference does neither.
    """

    outcome: Outcome
    replies: dict[int, int] = {}
    repeated: tuple[int, ...] = ()
    heard: bytes = b""
    understood: bool = False
    follows_questions: bool = False
    repeats: bool = False


class Heard(Struct, frozen=True, kw_only=True):
    """What followed one question, and for how long bytes kept coming."""

    received: bytes = b""
    spread_seconds: float = 0.0

    @property
    def reply(self) -> int | None:
        return sort(self.received).only_reply

    @property
    def noise(self) -> bytes:
        """All of it, where something explains itself neither as reply nor frame nor flow control."""
        found = sort(self.received)
        return b"" if found.only_reply is not None or found.is_silence else self.received


def interview(port: Port, deadline: float) -> Interview:
    """Put DLE EOT 1-4 until `deadline` of time.monotonic(). Raise OSError where the port goes.

    Noise among answers that were understood may have been a spike: all is asked once more, and noise again
    discredits all, for it passes the fixed bits once in 16 bytes. Where another program reads the same port,
    what was heard proves nothing.
    """
    heard = _put_questions(port, deadline)
    if heard.outcome is Outcome.GARBLED and heard.understood:
        heard = structs.replace(_put_questions(port, deadline), repeated=status.QUESTIONS)
    return Interview(outcome=Outcome.SHARED) if port.shared else heard


def _put_questions(port: Port, deadline: float) -> Interview:
    """Let what was under way run out, then ask each question, a second time where the first met silence.

    Silence or noise twice at the first question ends it: a printer at another speed may print as text what
    it cannot read.
    """
    stray = _run_out(port, deadline)
    if stray.spread_seconds >= _STRAY_SECONDS:
        return Interview(outcome=Outcome.GARBLED, heard=stray.received)
    replies: dict[int, int] = {}
    repeated: list[int] = []
    for number in status.QUESTIONS:
        tries = _ask_twice(port, number, deadline)
        repeated += [number] * (len(tries) - 1)
        reply = tries[-1].reply
        if any(each.noise for each in tries):
            return _not_understood(number, tries, understood=bool(replies) or reply is not None)
        if reply is not None:
            replies[number] = reply
        elif not replies:
            return Interview(outcome=Outcome.SILENT, repeated=tuple(repeated))
    late = _run_out(port, deadline)
    if late.noise or late.reply is not None:
        return Interview(outcome=Outcome.GARBLED, heard=late.received, understood=True)
    return Interview(outcome=Outcome.ANSWERED, replies=replies, repeated=tuple(repeated))


def _ask_twice(port: Port, number: int, deadline: float) -> list[Heard]:
    """One try where it was answered. What answers the second may be the late answer to the first: then
    another is under way, which must not be taken for the answer to the next question.
    """
    first = ask(port, status.question(number), deadline)
    if first.reply is not None:
        return [first]
    second = ask(port, status.question(number), deadline)
    if second.reply is not None and not first.received:
        _listen(port, min(deadline, time.monotonic() + ANSWER_SECONDS))
    else:
        _run_out(port, deadline)
    return [first, second]


def ask(port: Port, question: bytes, deadline: float) -> Heard:
    """What comes back within ANSWER_SECONDS; at once where it is one clean reply. Raise OSError.

    A printer that takes no more bytes is silent.
    """
    until = min(deadline, time.monotonic() + ANSWER_SECONDS)
    try:
        port.write(question, until)
    except TimeoutError:
        return Heard()
    return _listen(port, until)


def _listen(port: Port, until: float) -> Heard:
    received = b""
    began = ended = time.monotonic()
    while len(received) < _MOST_BYTES:
        piece = port.read(until)
        if not piece:
            break
        ended = time.monotonic()
        began = began if received else ended
        received += piece
        if sort(received).only_reply is not None:
            break
    return Heard(received=received, spread_seconds=ended - began)


def _run_out(port: Port, deadline: float) -> Heard:
    """Read until nothing has come for QUIET_SECONDS, or bytes have come for _STRAY_SECONDS."""
    received = b""
    began = ended = time.monotonic()
    until = min(deadline, began + _STRAY_SECONDS + QUIET_SECONDS)
    while len(received) < _MOST_BYTES:
        piece = port.read(min(until, time.monotonic() + QUIET_SECONDS))
        if not piece:
            break
        ended = time.monotonic()
        began = began if received else ended
        received += piece
    return Heard(received=received, spread_seconds=ended - began)


def _not_understood(number: int, tries: list[Heard], *, understood: bool) -> Interview:
    """Of all wrong pairs of 1200-115200 baud and all 16 replies none passes the fixed bits (calculated), so
    one understood reply rules the wrong speed out, as does our own question coming back.
    """
    heard = [each.received for each in tries]
    echo = status.question(number) in heard
    lasts = max(each.spread_seconds for each in tries)
    return Interview(
        outcome=Outcome.GARBLED,
        heard=b"".join(heard),
        understood=understood,
        follows_questions=all(heard) and not understood and not echo and lasts < _REPLY_LASTS_SECONDS,
        repeats=heard[0] == heard[1],
    )
