"""One question of ours at a time: when it may be put, what is heard of it, and when it has had its time."""

from __future__ import annotations

from broker.answers import Answers, Ledger, Whose
from broker.desk import Client, Desk
from broker.keeper import Notes
from broker.printer_side import PrinterSide
from protocols.escpos.commands import Commands

ANSWER_SECONDS = 0.3  # a reply takes 10 ms at 1200 baud and up to 16 ms in an FTDI adapter's buffer
# Longer than any program leaves a line or a picture unfinished; also how long after a restart in the middle
# of a job nothing is asked, because what had been sent is not known.
UNSURE_SECONDS = 30.0
_GLANCE_SECONDS = 0.002
_LEAVE_SECONDS = 0.1  # three bytes take 25 ms at 1200 baud; then flow control holds them back


class Inquiry:
    """`idle_seconds` is how long after the POS's last byte its job is over."""

    def __init__(self, printer: PrinterSide, notes: Notes, idle_seconds: float) -> None:
        self._printer = printer
        self._notes = notes
        self._idle_seconds = idle_seconds
        self._commands = Commands()
        self._answers = Answers()
        self._ledger = Ledger()
        self._frames: list[bytes] = []
        self._client: Client | None = None
        self._asked_at = 0.0
        self._has_left = True
        self._is_disturbed = False
        self._last_pos_byte = float("-inf")
        self._is_unsure = False

    def take_up(self, now: float, *, is_job_under_way: bool) -> None:
        """After a restart: what the run before had under way. Its question's answer is not the POS's."""
        if self._notes.is_asking:
            self._ledger.we_asked(now)
            self._ledger.give_up(now)
            self._notes.is_asking = False
        self._last_pos_byte = now
        self._is_unsure = self._notes.is_inside or is_job_under_way

    def pos_sends(self) -> None:
        """Before bytes are moved: killed from here on, a job is under way. Raise GoneError."""
        self._notes.is_inside = True
        if not self._has_left:
            self._has_left = True
            self._printer.heed_rts_cts(heed=True)

    def pos_sent(self, octets: bytes, now: float) -> None:
        asked_before = self._commands.asked
        self._commands.feed(octets)
        self._ledger.pos_asked(self._commands.asked - asked_before, now)
        self._last_pos_byte = now
        self._is_disturbed = True
        self._notes.is_inside = self._is_unsure or self._commands.is_inside or self._commands.is_line_open

    def still_sending(self, now: float) -> None:
        """Bytes of the POS were given to the printer's port just now."""
        self._last_pos_byte = now

    def printer_sent(self, octets: bytes, now: float) -> bytes:
        """What of it is for the POS: all but the answers to us. A copy of the rest goes to who asked."""
        kept = bytearray()
        heard = bytearray()
        for octet in octets:
            frame_before = self._answers.frame
            whose = Whose.POS
            if self._answers.is_reply(octet, now):
                whose = self._ledger.answered(now)
            if whose is Whose.POS:
                kept.append(octet)
            if whose is not Whose.OURS_LATE:
                heard.append(octet)
            if self._answers.frame is not frame_before:
                self._frames.append(self._answers.frame)
            if whose is Whose.OURS:
                self._tell(bytes((octet,)) if self._is_disturbed else bytes(heard))
                self._end("end")
                heard.clear()
        if not self._is_disturbed:
            self._tell(bytes(heard))
        return bytes(kept)

    def attend(self, desk: Desk, now: float, *, is_pipe_empty: bool) -> float | None:
        """End the question that has had its time, put the next; seconds until this wants to be called again.

        Raise GoneError.
        """
        while self._frames:
            desk.announce(self._frames.pop(0))
        if self._client is not None:
            self._watch_over(now)
        if self._client is not None:
            return max(0.0, self._asked_at + ANSWER_SECONDS - now) if self._has_left else _GLANCE_SECONDS
        for client in desk.asking:
            if not self._ledger.may_ask(now):
                return 0.02
            refusal = self._refusal(now, is_pipe_empty=is_pipe_empty) or self._put(client, now)
            if not refusal:
                return _GLANCE_SECONDS
            client.answer(refusal)
        return None

    def hindrance(self, now: float, *, is_pipe_empty: bool) -> str:
        """Why nothing of ours may be sent now; "" where it may. Raise GoneError."""
        if self._client is not None or not self._ledger.may_ask(now):
            return "busy asking"
        return self._refusal(now, is_pipe_empty=is_pipe_empty)

    def printer_lost(self) -> None:
        if self._client is not None:
            self._end(f"gone {self._printer.trouble}")
        self._ledger = Ledger()

    def _refusal(self, now: float, *, is_pipe_empty: bool) -> str:
        if self._printer.fileno() < 0:
            return f"gone {self._printer.trouble}"
        if not is_pipe_empty or not self._printer.is_drained:
            return "busy job"
        if self._commands.is_inside:
            return "busy unfinished"
        quiet = now - self._last_pos_byte
        if quiet < self._idle_seconds:
            return "busy job"
        if (self._is_unsure or self._commands.is_line_open) and quiet < UNSURE_SECONDS:
            return "busy unfinished"
        return ""

    def _put(self, client: Client, now: float) -> str:
        """Noted before it is written: killed in between, at most one stray answer is dropped."""
        self._is_unsure = self._notes.is_inside = False
        self._notes.is_asking = True
        self._printer.heed_rts_cts(heed=False)
        sent = self._printer.write(bytes((0x10, 0x04, client.wanted)))
        if sent < 3:
            self._printer.take_back()
            self._printer.heed_rts_cts(heed=True)
            self._notes.is_asking = False
            return "busy held"
        self._ledger.we_asked(now)
        self._client = client
        self._asked_at = now
        self._has_left = self._is_disturbed = False
        return ""

    def _watch_over(self, now: float) -> None:
        if not self._has_left:
            self._see_it_off(now)
        if self._client is not None and (now - self._asked_at >= ANSWER_SECONDS or self._client.is_gone):
            self._ledger.give_up(now)
            self._end("busy job" if self._is_disturbed else "end")

    def _see_it_off(self, now: float) -> None:
        """Where the printer's XOFF holds it back it is taken back, unless the POS has sent behind it."""
        if self._printer.is_drained or self._is_disturbed:
            self._has_left = True
            self._printer.heed_rts_cts(heed=True)
        elif now - self._asked_at >= _LEAVE_SECONDS:
            self._printer.take_back()
            self._printer.heed_rts_cts(heed=True)
            self._ledger.give_up(now)
            self._end("busy held")

    def _tell(self, heard: bytes) -> None:
        if self._client is not None and heard:
            self._client.say(f"heard {heard.hex()}")

    def _end(self, last_line: str) -> None:
        client, self._client = self._client, None
        self._notes.is_asking = False
        if not self._has_left and self._printer.fileno() >= 0:
            self._has_left = True
            self._printer.heed_rts_cts(heed=True)
        if client is not None:
            client.answer(last_line)
