"""Asks a Star printer how it is with one real-time request, and tells a frame from noise and silence."""

from __future__ import annotations

import time
from typing import Final

from msgspec import Struct

from protocols.escpos.interview import ANSWER_SECONDS, QUIET_SECONDS, Interview, Outcome
from protocols.escpos.port import Port
from protocols.star import status as star

REQUEST_NUMBER: Final = 1  # there is one question, so that what remembers which were answered is the same
_STRAY_SECONDS: Final = 0.2  # as in the ESC/POS interview: how long bytes nobody asked for may go on
_MOST_BYTES: Final = 512
_REPLY_LASTS_SECONDS: Final = 0.3  # a frame of 31 bytes at 1200 baud takes 0.26 s


class Heard(Struct, frozen=True, kw_only=True):
    received: bytes = b""
    spread_seconds: float = 0.0

    @property
    def frame(self) -> bytes:
        """The newest frame; empty where anything is there that is neither frame nor flow control."""
        found = star.sort(self.received)
        return found.frames[-1] if found.frames and found.is_clean else b""

    @property
    def noise(self) -> bytes:
        return b"" if star.sort(self.received).is_clean else self.received


def interview(port: Port, deadline: float) -> tuple[Interview, bytes]:
    """Ask until `deadline` of time.monotonic(); the frame is empty unless ANSWERED. Raise OSError.

    Frames that come by themselves are automatic status, beside which nothing may be asked (line mode
    specification p. 5-11): the newest is the answer. Silence and noise are met with the question once more,
    and noise again discredits all. Where another program reads the same port, what was heard proves nothing.
    """
    stray_until = min(deadline, time.monotonic() + _STRAY_SECONDS + QUIET_SECONDS)
    stray = _listen(port, stray_until, quiet=QUIET_SECONDS)
    if stray.noise and stray.spread_seconds >= _STRAY_SECONDS:
        return Interview(outcome=Outcome.GARBLED, heard=stray.received), b""
    tries = [stray] if stray.frame else _ask_twice(port, deadline)
    if port.shared:
        return Interview(outcome=Outcome.SHARED), b""
    repeated = (REQUEST_NUMBER,) * (len(tries) - 1)
    if tries[-1].frame:
        return Interview(outcome=Outcome.ANSWERED, repeated=repeated), tries[-1].frame
    if not any(each.received for each in tries):
        return Interview(outcome=Outcome.SILENT, repeated=repeated), b""
    return _not_understood(tries), b""


def _ask_twice(port: Port, deadline: float) -> list[Heard]:
    first = _ask(port, deadline)
    return [first] if first.frame else [first, _ask(port, deadline)]


def _ask(port: Port, deadline: float) -> Heard:
    """A printer that takes no more bytes is silent."""
    until = min(deadline, time.monotonic() + ANSWER_SECONDS)
    try:
        port.write(star.STATUS_REQUEST, until)
    except TimeoutError:
        return Heard()
    return _listen(port, min(deadline, until + _REPLY_LASTS_SECONDS), first_by=until)


def _listen(
    port: Port, until: float, *, first_by: float | None = None, quiet: float = ANSWER_SECONDS
) -> Heard:
    """Until nothing came for `quiet` seconds; with `first_by`, at once after one clean frame and silence."""
    received = b""
    began = ended = time.monotonic()
    while len(received) < _MOST_BYTES:
        wait = quiet if received or first_by is None else max(0.0, first_by - time.monotonic())
        if Heard(received=received).frame:
            wait = QUIET_SECONDS
        piece = port.read(min(until, time.monotonic() + wait))
        if not piece:
            break
        ended = time.monotonic()
        began = began if received else ended
        received += piece
    return Heard(received=received, spread_seconds=ended - began)


def _not_understood(tries: list[Heard]) -> Interview:
    """Noise as long as a reply after each question, with no frame in it, is what another speed looks like."""
    heard = [each.received for each in tries]
    understood = any(star.sort(each).frames for each in heard)
    echo = star.STATUS_REQUEST in heard
    lasts = max(each.spread_seconds for each in tries)
    return Interview(
        outcome=Outcome.GARBLED,
        heard=b"".join(heard),
        understood=understood,
        follows_questions=all(heard) and not understood and not echo and lasts < _REPLY_LASTS_SECONDS,
        repeats=heard[0] == heard[-1],
    )
