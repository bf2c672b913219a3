"""The printer behind its sockets: real-time commands at once, the rest in order and only while online."""

import re
from collections import deque
from dataclasses import dataclass, field

from simulators.escpos_printer.commands import Tokenizer, is_known
from simulators.escpos_printer.queries import Queries
from simulators.escpos_printer.state import State, asb_differs
from simulators.escpos_printer.typesetter import Typesetter

_DLE_EOT = re.compile(rb"\x10\x04([\x01-\x04])")
BUFFER_BYTES = 4096
NEARLY_FULL = BUFFER_BYTES - 128
"""TM-T88III specification p. 22: busy at 128 bytes left, bytes are thrown away at none left."""
NEARLY_EMPTY = BUFFER_BYTES - 256
"""And ready again at 256 bytes left."""


@dataclass
class Intake:
    """One connection's view of the printer: its half-received command and its waiting commands."""

    name: str
    tokenizer: Tokenizer
    waiting: deque[bytes] = field(default_factory=deque)
    tail: bytes = b""
    waiting_bytes: int = 0


class Engine:
    """What the printer does with a byte; returns replies, never touches a descriptor."""

    def __init__(self, state: State, typesetter: Typesetter, queries: Queries) -> None:
        self.state = state
        self.typesetter = typesetter
        self.unknown: list[bytes] = []
        self.recoveries: list[int] = []
        self.discarded = 0
        self.asb = 0
        self._queries = queries
        self._selected = True
        self._last_frame = b""

    def receive(self, intake: Intake, octets: bytes) -> list[bytes]:
        """Take bytes in and give the real-time replies, which do not wait for the buffer."""
        replies = []
        for octet in octets:
            replies.append(self._real_time(intake, octet))
            self._store(intake, octet)
        return [reply for reply in replies if reply]

    def status_replies(self, octets: bytes) -> list[bytes]:
        """To each DLE EOT in it, without taking it in."""
        return [bytes((self.state.real_time(found[1][0]),)) for found in _DLE_EOT.finditer(octets)]

    def _real_time(self, intake: Intake, octet: int) -> bytes:
        """DLE EOT 1..4, wherever the three bytes stand, also inside text or picture data."""
        intake.tail = (intake.tail + bytes((octet,)))[-3:]
        if len(intake.tail) < 3 or intake.tail[0] != 0x10:
            return b""
        if intake.tail[1] == 0x04 and 1 <= octet <= 4:
            return bytes((self.state.real_time(octet),))
        if intake.tail[1] == 0x05 and octet in (1, 2):
            self._recover(intake, octet)
        return b""

    def _recover(self, intake: Intake, mode: int) -> None:
        """DLE ENQ: recovers from a cutter or mechanical error; 2 throws the buffer away as well."""
        self.recoveries.append(mode)
        if not (self.state.cutter_error or self.state.recoverable_error):
            return
        if mode == 2:
            intake.waiting.clear()
            intake.waiting_bytes = 0
            self.typesetter.clear_line()
        self.state.cutter_error = False
        self.state.recoverable_error = False

    def held(self, intake: Intake) -> int:
        """Bytes in the receive buffer; an online printer takes no time here, so nothing waits in it."""
        return intake.waiting_bytes + intake.tokenizer.half_received if self.state.is_offline else 0

    def _store(self, intake: Intake, octet: int) -> None:
        if self.held(intake) >= BUFFER_BYTES:
            self.discarded += 1
            return
        command = intake.tokenizer.feed(octet)
        if command is None or command[:2] in (b"\x10\x04", b"\x10\x05"):
            return
        intake.waiting.append(command)
        intake.waiting_bytes += len(command)

    def work(self, intake: Intake) -> list[bytes]:
        """Carry out what waits, in order, for as long as the printer is online; give the replies."""
        replies = []
        while intake.waiting and not self.state.is_offline:
            command = intake.waiting.popleft()
            intake.waiting_bytes -= len(command)
            replies.append(self._carry_out(command))
        return [reply for reply in replies if reply]

    def _carry_out(self, command: bytes) -> bytes:
        if command[:2] == b"\x1b=":
            self._selected = bool(command[2] & 1)
            return b""
        if not self._selected:
            return b""
        if command[0] >= 0x20 and command[0] != 0x7F:
            self.typesetter.print_character(command)
            return b""
        if len(command) == 1:
            self._note_unless(self.typesetter.control(command[0]), command)
            return b""
        return self._command(command)

    def _command(self, command: bytes) -> bytes:
        if command[:2] == b"\x1da":
            self.asb = command[2]
            return self._first_frame() if self.asb else b""
        reply = self._queries.reply(command)
        if reply is not None:
            return reply
        self._note_unless(self.typesetter.print_command(command), command)
        return b""

    def _note_unless(self, done: bool, command: bytes) -> None:
        if not done:
            self.unknown.append(command if is_known(command) else command[:2])

    def _first_frame(self) -> bytes:
        self._last_frame = self.state.automatic()
        return self._last_frame

    def status_change(self) -> bytes:
        """The ASB frame that is due because a watched bit changed, or nothing."""
        frame = self.state.automatic()
        if not asb_differs(self._last_frame, frame, self.asb):
            return b""
        return self._first_frame()
