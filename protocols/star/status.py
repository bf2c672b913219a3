"""What a Star printer's status bytes (line mode, StarPRNT) say, by their fixed bits; noise says nothing."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

# Star line mode command specification p. 3-70: answered at once, also while offline, buffer full or in error.
STATUS_REQUEST: Final = b"\x1b\x06\x01"
# The same, p. 5-11: counted when the printer has carried out all that stands before it.
END_OF_JOB: Final = b"\x17"
ETB_COUNTS: Final = 32

# Two headers and five status bytes are version 1 (dot impact specification p. 5-3); header 1 has five bits.
SHORTEST_FRAME: Final = 7
LONGEST_FRAME: Final = 31

_FLOW: Final = b"\x11\x13"
# Status identification, p. 5-11: header 1 is 0xx0xxx1, every other byte of a frame 0xx0xxx0.
_FIXED: Final = 0x91
_HEADER: Final = 0x01


class Enquiry(Struct, frozen=True, kw_only=True):
    """The reply to ENQ, p. 5-6. Only while no automatic status is on."""

    parity_error: bool
    framing_error: bool
    other_error: bool
    paper_out: bool
    buffer_empty: bool
    buffer_overflow: bool


class Paper(Struct, frozen=True, kw_only=True):
    """The reply to EOT, p. 5-6. Only while no automatic status is on."""

    near_end: bool
    paper_out: bool


class Automatic(Struct, frozen=True, kw_only=True):
    """A frame of automatic status, or the reply to STATUS_REQUEST, pp. 5-8 to 5-11.

    `near_end` is either sensor. `offline_by_switch` has another printer's feed button in its place.
    `etb_count` is 0-31, None where the frame ends before its byte; `etb_done` says that an ETB was counted
    since the last frame. The drawer switch's meaning differs: tell it, never judge by it.
    """

    version: int
    drawer_switch: bool
    offline: bool
    offline_by_switch: bool
    cover_open: bool
    etb_done: bool
    mechanical_error: bool
    cutter_error: bool
    unrecoverable_error: bool
    head_hot: bool
    head_up: bool
    presenter_jam: bool
    black_mark_error: bool
    buffer_overflow: bool
    near_end: bool
    paper_out: bool
    etb_count: int | None


class Sorted(Struct, frozen=True, kw_only=True):
    """`unfinished` began as a frame and may still be completed by bytes to come."""

    frames: tuple[bytes, ...] = ()
    junk: bytes = b""
    unfinished: bytes = b""

    @property
    def is_clean(self) -> bool:
        return not self.junk and not self.unfinished


def frame_length(header: int) -> int:
    """Bytes of a frame, headers included, by bits 1-3, 5 and 6 of header 1 (p. 5-7); 0 where it is none."""
    if header & _FIXED != _HEADER:
        return 0
    length = (header >> 2) & 0x18 | (header >> 1) & 0x07
    return length if SHORTEST_FRAME <= length <= LONGEST_FRAME else 0


def is_frame(frame: bytes) -> bool:
    return bool(frame) and frame_length(frame[0]) == len(frame) and all(map(_is_tail, frame[1:]))


def decode_enquiry(byte: int) -> Enquiry | None:
    """None where bit 4 is set, which is another reply."""
    if byte & 0x10:
        return None
    return Enquiry(
        parity_error=bool(byte & 0x01),
        framing_error=bool(byte & 0x02),
        other_error=bool(byte & 0x04),
        paper_out=bool(byte & 0x08),
        buffer_empty=bool(byte & 0x20),
        buffer_overflow=bool(byte & 0x40),
    )


def decode_paper(byte: int) -> Paper | None:
    """None where bit 4 is clear or bit 0 is set, which is another reply."""
    if byte & 0x11 != 0x10:
        return None
    return Paper(near_end=bool(byte & 0x24), paper_out=bool(byte & 0x08))


def decode_automatic(frame: bytes) -> Automatic | None:
    """None where the bytes are not one whole frame by their fixed bits and length."""
    if not is_frame(frame):
        return None
    state, error, more, sensor = frame[2:6]
    return Automatic(
        version=_version(frame[1]),
        drawer_switch=bool(state & 0x04),
        offline=bool(state & 0x08),
        offline_by_switch=bool(state & 0x40),
        cover_open=bool(state & 0x20),
        etb_done=bool(state & 0x02),
        mechanical_error=bool(error & 0x04),
        cutter_error=bool(error & 0x08),
        unrecoverable_error=bool(error & 0x20),
        head_hot=bool(error & 0x40),
        head_up=bool(more & 0x02),
        presenter_jam=bool(more & 0x04),
        black_mark_error=bool(more & 0x08),
        buffer_overflow=bool(more & 0x40),
        near_end=bool(sensor & 0x06),
        paper_out=bool(sensor & 0x08),
        etb_count=_five_bits(frame[7]) if len(frame) > 7 else None,
    )


def etbs_between(before: int, after: int) -> int:
    """How many ETB were carried out from one count to a later one, where fewer than 32 were (p. 5-11)."""
    return (after - before) % ETB_COUNTS


def sort(received: bytes) -> Sorted:
    """Any bytes are accepted; each ends up in exactly one field, except XON and XOFF, which are dropped."""
    rest = received.translate(None, _FLOW)
    frames: list[bytes] = []
    junk = b""
    while rest:
        length = frame_length(rest[0])
        candidate = rest[:length]
        if not length or not all(map(_is_tail, candidate[1:])):
            junk, rest = junk + rest[:1], rest[1:]
        elif len(candidate) < length:
            break
        else:
            frames.append(candidate)
            rest = rest[length:]
    return Sorted(frames=tuple(frames), junk=junk, unfinished=rest)


def _is_tail(byte: int) -> bool:
    return not byte & _FIXED


def _version(header: int) -> int:
    """Header 2, p. 5-8: 02h is version 1, 20h is version 8."""
    return _five_bits(header)


def _five_bits(byte: int) -> int:
    """Bits 1-3, 5 and 6 are one number; bit 4 is fixed."""
    return (byte >> 2) & 0x18 | (byte >> 1) & 0x07
