"""A slip of ours between two jobs of the POS: when it may begin, whose the answers are, what became of it."""

from __future__ import annotations

from broker.answers import Answers
from broker.desk import Client, Desk
from broker.keeper import Notes
from broker.passage import Passage
from protocols.escpos.print_end import answer, end_of_job, is_fence_answer, may_be_answer, new_mark

PATIENCE_SECONDS = 15.0  # how long a slip waits for the POS to be done
JOB_SECONDS = 45.0  # 17 kB of raster at 9600 baud takes 18 s; a cold head pauses
CONFIRM_SECONDS = 10.0  # print time of a 40-line slip after the last byte, with margin
LATE_SECONDS = 60.0  # until then the answer to GS r 1 is ours, also where it was given up
_HALF_ANSWER_SECONDS = 0.2  # within one the printer makes no pause
_GLANCE_SECONDS = 0.02
_ANSWER_BYTES = len(answer(b"PH00"))


class SlipAnswers:
    """Takes what answers our slip out of what the printer sends."""

    def __init__(self) -> None:
        self.is_fence_due = False
        self.heard_mark = b""
        self.heard_fence = False
        self._answers = Answers()
        self._held = bytearray()
        self._last = 0.0

    def keep_out(self, octets: bytes, now: float) -> bytes:
        """What is not ours. The beginning of a block is held until it shows whose it is."""
        passed = bytearray(self.flush(now))
        self._last = now
        for octet in octets:
            passed += self._sorted(octet, now)
        return bytes(passed)

    def flush(self, now: float) -> bytes:
        """What was held and did not become an answer of ours."""
        if not self._held or now - self._last < _HALF_ANSWER_SECONDS:
            return b""
        held = bytes(self._held)
        self._held.clear()
        return held

    def _sorted(self, octet: int, now: float) -> bytes:
        is_between = self._answers.is_between(now) and not self._held
        self._answers.is_reply(octet, now)
        if self._held or (is_between and may_be_answer(bytes((octet,)))):
            return self._block(octet)
        if is_between and self.is_fence_due and is_fence_answer(octet):
            self.is_fence_due, self.heard_fence = False, True
            return b""
        return bytes((octet,))

    def _block(self, octet: int) -> bytes:
        self._held.append(octet)
        held = bytes(self._held)
        if not may_be_answer(held):
            self._held.clear()
            return held
        if len(held) == _ANSWER_BYTES:
            self._held.clear()
            self.heard_mark = held[2:6]
        return b""


class Slips:
    """One at a time. It goes through the same pipe as the POS's bytes, whole and at once: so nothing of the
    POS can come between, and a kill in the middle loses none of it.
    """

    def __init__(self, passage: Passage, notes: Notes) -> None:
        self._passage = passage
        self._notes = notes
        self._answers = SlipAnswers()
        self._client: Client | None = None
        self._mark = b""
        self._begun = self._left = 0.0
        self._late = float("-inf")

    def take_up(self, now: float) -> None:
        """After a restart: the rest of a slip is still in the pipe, and its answer is not the POS's."""
        if self._notes.is_slip or self._notes.is_answer_due:
            self._expect(now)

    @property
    def is_going_out(self) -> bool:
        return self._notes.is_slip and self._passage.waiting > 0

    def has_work(self, desk: Desk) -> bool:
        under_way = self._client is not None or self._notes.is_slip or self._answers.is_fence_due
        return under_way or bool(desk.printing)

    def printer_sent(self, octets: bytes, now: float) -> bytes:
        passed = self._answers.keep_out(octets, now)
        self._notes.is_answer_due = self._answers.is_fence_due
        if self._client is not None:
            self._conclude()
        return passed

    def late_bytes(self, now: float) -> bytes:
        """For the POS: what looked like the beginning of an answer to us and was none."""
        return self._answers.flush(now)

    def attend(self, desk: Desk, now: float, refusal: str, *, is_drained: bool) -> float | None:
        """Begin one where nothing speaks against it; seconds until this wants to be called again.

        `refusal` says why none may begin, "" where it may.
        """
        if now > self._late:
            self._answers.is_fence_due = self._notes.is_answer_due = False
        if self._client is not None:
            return self._watch_over(self._client, now, is_drained=is_drained)
        if self._notes.is_slip and not self._passage.waiting:
            self._notes.is_slip = False
        for client in desk.printing:
            if refusal.startswith("gone") or now - (client.waits_since or now) > PATIENCE_SECONDS:
                client.answer(refusal or "busy job")
            elif not refusal:
                self._begin(client, now)
                return 0.0
            else:
                return _GLANCE_SECONDS
        return None

    def printer_lost(self) -> None:
        """The rest of a slip is not for the printer that comes back: it would print pieces of a picture."""
        if self._notes.is_slip:
            self._passage.drop()
            self._notes.is_slip = False
        self._answers = SlipAnswers()
        self._notes.is_answer_due = False
        self._end("unknown gone")

    def _begin(self, client: Client, now: float) -> None:
        """Said and noted before it is done: killed in between, it is unknown, never taken for not sent."""
        self._client, self._mark = client, new_mark()
        client.say("begun")
        self._notes.is_slip = True
        self._begun, self._left = now, 0.0
        self._expect(now)
        self._passage.put(client.job + end_of_job(self._mark))
        client.job = b""

    def _expect(self, now: float) -> None:
        self._late = now + LATE_SECONDS
        self._answers.is_fence_due = self._notes.is_answer_due = True
        self._answers.heard_fence, self._answers.heard_mark = False, b""

    def _watch_over(self, client: Client, now: float, *, is_drained: bool) -> float:
        if self._passage.waiting or not is_drained:
            if now - self._begun > JOB_SECONDS:
                self._end("unknown held")
            return _GLANCE_SECONDS
        self._notes.is_slip = False
        self._left = self._left or now
        if client.is_gone or now - self._left > CONFIRM_SECONDS:
            self._end("unknown silent")
        return _GLANCE_SECONDS

    def _conclude(self) -> None:
        """GS ( H comes before GS r 1, for a printer answers in order."""
        if self._answers.heard_mark == self._mark:
            self._end("printed")
        elif self._answers.heard_fence:
            self._end("accepted")

    def _end(self, line: str) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.answer(line)
