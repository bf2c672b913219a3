"""What the status bytes of an ESC/POS printer say, by their fixed bits; noise says nothing."""

from __future__ import annotations

from msgspec import Struct

from protocols.escpos.fixed_bits import is_frame_head, is_frame_tail, is_real_time_reply
from protocols.escpos.vendors import GENERIC, SIGNS, Model

_IDLE = 0x12  # the reply to DLE EOT with no flag set

QUESTIONS = (1, 2, 3, 4)


class RealTime(Struct, frozen=True, kw_only=True):
    """The replies to DLE EOT 1-4, TM-T88III guide pp. 304 ff.; of a reply not given every flag is False.

    `head_hot` is the "automatically recoverable" bit: a hot head, or a cover opened while printing.
    `paper_out` joins n=2 "printing stopped" with n=4. Where each sign stands is data: vendors.py.
    The drawer pin's meaning differs between makers: tell it, never judge by it.
    """

    drawer_pin_high: bool = False
    offline: bool = False
    waiting_recovery: bool = False
    feed_button: bool = False
    cover_open: bool = False
    paper_out: bool = False
    error: bool = False
    recoverable_error: bool = False
    cutter_error: bool = False
    unrecoverable_error: bool = False
    head_hot: bool = False
    near_end: bool = False

    @property
    def is_stopped(self) -> bool:
        """Offline for more than the moment somebody feeds paper, or in an error that n=3 does not name."""
        named = self.recoverable_error or self.cutter_error or self.unrecoverable_error or self.head_hot
        return (self.offline and not self.feed_button) or (self.error and not named)


class Automatic(Struct, frozen=True, kw_only=True):
    """A frame of Automatic Status Back (GS a), TM-T88III guide pp. 316-325."""

    drawer_pin_high: bool
    offline: bool
    cover_open: bool
    feed_button: bool
    waiting_recovery: bool
    recoverable_error: bool
    cutter_error: bool
    unrecoverable_error: bool
    head_hot: bool
    near_end: bool
    paper_out: bool

    @property
    def is_stopped(self) -> bool:
        """Offline for more than the moment somebody feeds paper."""
        return self.offline and not self.feed_button


class Roll(Struct, frozen=True, kw_only=True):
    """The one-byte answer to GS r 1, or to ESC v where a model has only that (vendors.py)."""

    near_end: bool = False
    paper_out: bool = False
    cover_open: bool = False
    cutter_error: bool = False
    head_hot: bool = False


def question(number: int) -> bytes:
    """DLE EOT n, answered at once even when offline; all that is safe beside a POS application."""
    return bytes((0x10, 0x04, number))


def is_frame(frame: bytes) -> bool:
    return len(frame) == 4 and is_frame_head(frame[0]) and all(map(is_frame_tail, frame[1:]))


def decode_real_time(replies: dict[int, int], model: Model = GENERIC) -> RealTime:
    """`replies` maps n of DLE EOT n to its byte; what does not pass the fixed bits is taken as not given."""
    given = {number: _valid_or_idle(replies.get(number)) for number in QUESTIONS}
    return RealTime(
        **{sign: any(given[n] & bits == bits for n, bits in model.places(sign)) for sign in SIGNS}
    )


def decode_roll(byte: int, model: Model = GENERIC) -> Roll:
    """Only where nothing else is expected: the byte has no fixed bits that a frame's tail has not too."""
    return Roll(**{sign: any(byte & bits == bits for bits in masks) for sign, masks in model.roll.items()})


def decode_automatic(frame: bytes) -> Automatic | None:
    """None where the four bytes are not a frame by their fixed bits."""
    if not is_frame(frame):
        return None
    first, second, third, _reserved = frame
    return Automatic(
        drawer_pin_high=bool(first & 0x04),
        offline=bool(first & 0x08),
        cover_open=bool(first & 0x20),
        feed_button=bool(first & 0x40 or second & 0x02),
        waiting_recovery=bool(second & 0x01),
        recoverable_error=bool(second & 0x04),
        cutter_error=bool(second & 0x08),
        unrecoverable_error=bool(second & 0x20),
        head_hot=bool(second & 0x40),
        near_end=third & 0x03 == 0x03,
        paper_out=third & 0x0C == 0x0C,
    )


def _valid_or_idle(byte: int | None) -> int:
    return byte if byte is not None and is_real_time_reply(byte) else _IDLE
