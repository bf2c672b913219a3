"""Tells, in what the printer sends, the byte that answers a DLE EOT from everything else."""

from __future__ import annotations

from collections import deque
from enum import Enum, auto

from protocols.escpos.fixed_bits import is_frame_head, is_frame_tail, is_real_time_reply

_FLOW = b"\x11\x13"  # XON, XOFF: may stand inside an ASB frame (TM-T88III guide p. 316)
_BLOCK_HEADS = b"\x5f\x37\x3d\x35\x3b"  # GS I, GS g, GS ( H: block data, which runs to a NUL
_LONGEST_BLOCK = 82  # header, 80 characters at most (TM-J2000 guide p. 469), NUL
_PAUSE_SECONDS = 0.2  # within a frame or block a printer makes none; three characters at 1200 baud take 0.03

POS_WAITS_SECONDS = 2.0  # python-escpos gives a status question 1 s
LATE_SECONDS = 3.0  # a reply later than that has another reason
SETTLE_SECONDS = 0.3  # how long an unanswered question keeps the next one waiting, so as not to mix answers


class Answers:
    """`frame` is the last whole frame of Automatic Status Back."""

    def __init__(self) -> None:
        self.frame = b""
        self._open_frame = bytearray()
        self._block_bytes = 0
        self._last = 0.0

    def is_between(self, now: float) -> bool:
        """Whether neither a frame nor a block is open."""
        if now - self._last > _PAUSE_SECONDS:
            self._open_frame.clear()
            self._block_bytes = 0
        return not self._open_frame and not self._block_bytes

    def is_reply(self, octet: int, now: float) -> bool:
        """Feed the next byte, at `now` of time.monotonic(). Inside a frame or block nothing is a reply."""
        self.is_between(now)
        self._last = now
        if self._block_bytes:
            self._in_block(octet)
            return False
        if octet in _FLOW or (self._open_frame and self._in_frame(octet)):
            return False
        if is_frame_head(octet):
            self._open_frame.append(octet)
        elif octet in _BLOCK_HEADS:
            self._block_bytes = 1
        return is_real_time_reply(octet)

    def _in_block(self, octet: int) -> None:
        self._block_bytes += 1
        if octet == 0 or self._block_bytes >= _LONGEST_BLOCK:
            self._block_bytes = 0

    def _in_frame(self, octet: int) -> bool:
        """False where this byte shows that it was no frame."""
        if not is_frame_tail(octet):
            self._open_frame.clear()
            return False
        self._open_frame.append(octet)
        if len(self._open_frame) == 4:
            self.frame = bytes(self._open_frame)
            self._open_frame.clear()
        return True


class Whose(Enum):
    POS = auto()
    OURS = auto()
    OURS_LATE = auto()


class _Asked:
    def __init__(self, whose: Whose, until: float) -> None:
        self.whose = whose
        self.until = until
        self.given_up: float | None = None


class Ledger:
    """Whose the next answer is: a printer answers in the order it was asked. Times of time.monotonic()."""

    def __init__(self) -> None:
        self._open: deque[_Asked] = deque()

    def pos_asked(self, count: int, now: float) -> None:
        self._open.extend(_Asked(Whose.POS, now + POS_WAITS_SECONDS) for _ in range(count))

    def we_asked(self, now: float) -> None:
        self._open.append(_Asked(Whose.OURS, now + LATE_SECONDS))

    def give_up(self, now: float) -> None:
        """Our question stays unanswered; should its answer come late, the POS must not see it."""
        for asked in self._open:
            if asked.whose is Whose.OURS and asked.given_up is None:
                asked.given_up = now

    def may_ask(self, now: float) -> bool:
        """Not while an answer may be under way that would be taken for the next one's."""
        return not any(
            asked.given_up is None or now - asked.given_up < SETTLE_SECONDS
            for asked in self._open
            if asked.until > now
        )

    def answered(self, now: float) -> Whose:
        """Take the next answer in. One given up is the POS's where the POS has asked since."""
        self._open = deque(asked for asked in self._open if asked.until > now)
        waited_for = next((asked for asked in self._open if asked.given_up is None), None)
        if waited_for is None:
            return Whose.OURS_LATE if self._drop_first() else Whose.POS
        while self._open.popleft() is not waited_for:
            pass
        return waited_for.whose

    def _drop_first(self) -> bool:
        if self._open:
            self._open.popleft()
            return True
        return False
