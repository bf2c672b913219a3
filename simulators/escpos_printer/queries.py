"""Answers to the commands that ask: status, identity, counters, process id."""

from simulators.escpos_printer.state import Identity, State
from simulators.escpos_printer.typesetter import Typesetter

# Information B (TM-J2000 guide p. 469); 49 to 51 ask the same as 1 to 3 with ASCII digits.
_TEXTS = {65: "firmware", 66: "maker", 67: "model", 68: "serial", 69: "font"}
# GS I 33, information A: a bit map of what is supported; here multi-byte characters, cutter, ASB.
_INFORMATION_A = {33: b"\x23\x20", 35: b"\x02", 36: b"\x00", 96: b"\x40", 110: b"\x40"}

COUNTERS = {
    20: 120_000,
    21: 9_000_000,
    50: 800,
    70: 410,
    148: 500_000,
    149: 30_000_000,
    178: 4_000,
    198: 2_600,
}


class Queries:
    """Builds the replies that are sent in buffer order (not the real-time ones).

    `counters` holds the starting values of the maintenance counters: 20 line feeds, 21 head energisings,
    50 cuts, 70 hours; 148, 149, 178, 198 are the cumulative ones (Epson gs_lg_2).
    """

    def __init__(
        self,
        state: State,
        identity: Identity,
        typesetter: Typesetter,
        *,
        chinese: bool,
        cutter: bool,
        process_id: bool,
    ) -> None:
        self.counters = dict(COUNTERS)
        self._state = state
        self._identity = identity
        self._typesetter = typesetter
        self._type_id = (1 if chinese else 0) | (2 if cutter else 0)
        self._process_id = process_id

    def reply(self, command: bytes) -> bytes | None:
        """The reply, empty for a known query that gets none; None if `command` is no query."""
        match command[:2]:
            case b"\x1dI":
                return self._identify(command[2])
            case b"\x1dr":
                return self._status(command[2] % 48)
            case b"\x1bv":
                return bytes((self._state.roll(),))
            case b"\x1bu":
                return bytes((self._state.drawer(),))
            case b"\x1dg":
                return self._count(command)
            case b"\x1d(":
                return self._response_request(command)
        return None

    def _status(self, number: int) -> bytes | None:
        if number not in (1, 2):
            return None
        return bytes((self._state.roll() if number == 1 else self._state.drawer(),))

    def _identify(self, number: int) -> bytes | None:
        single = {1: self._identity.model_id, 2: self._type_id, 3: self._identity.rom_version}
        if not self._identity.answers:
            return b""
        if number % 48 in single:
            return bytes((single[number % 48],))
        if number in _TEXTS:
            text: str = getattr(self._identity, _TEXTS[number])
            return b"\x5f" + text.encode("ascii") + b"\x00"
        if number in _INFORMATION_A:
            return b"\x3d" + _INFORMATION_A[number] + b"\x00"
        return None

    def _count(self, command: bytes) -> bytes | None:
        """GS g 2 00 nL nH; GS g 0 (which writes the counter to memory) is not obeyed."""
        number = command[4] + (command[5] << 8)
        if command[2] != 0x32 or number not in self.counters:
            return None
        done = {20: self._typesetter.line_feeds, 50: self._typesetter.cuts}
        done |= {148: done[20], 178: done[50]}
        return b"\x5f%d\x00" % (self.counters[number] + done.get(number, 0))

    def _response_request(self, command: bytes) -> bytes | None:
        """GS ( H: function 48 answers 37 22 and the four id bytes, 49 with 37 23 and the one byte."""
        if command[2:3] != b"H" or not self._process_id:
            return None
        if command[5:7] == b"00" and len(command) == 11:
            return b"\x37\x22" + command[7:11] + b"\x00"
        if command[5:7] == b"10" and len(command) == 8:
            return b"\x37\x23" + command[7:8] + b"\x00"
        return None
