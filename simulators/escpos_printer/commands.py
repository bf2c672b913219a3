"""Cuts a byte stream into ESC/POS commands and characters, by the lengths the manuals give."""

from collections.abc import Callable

DLE, ESC, FS, GS = 0x10, 0x1B, 0x1C, 0x1D

# Total length with prefix, from the command lists of the TM-T88III, TM-U220, CT-S310II and SRP-350 manuals.
_FIXED = {
    ESC: {
        2: b"@2<LSimv",
        3: b"! -3=EGJKMRTVUadert{%?u",
        4: b"\\$cB",
        5: b"p",
        10: b"W",
    },
    FS: {2: b"&.", 3: b"!-CW", 4: b"Sp?"},
    GS: {2: b":c", 3: b"!/BEHITabfhrw", 4: b"LWP\\$", 5: b"^", 6: b"g"},
    DLE: {3: b"\x04\x05"},
}
FIXED = {
    bytes((lead, letter)): length
    for lead, by_length in _FIXED.items()
    for length, letters in by_length.items()
    for letter in letters
}


def _counted(head: bytearray) -> int:
    """`ESC|FS|GS ( fn pL pH`: the block says its own length."""
    return 5 + head[3] + (head[4] << 8) if len(head) >= 5 else 5


def _bit_image(head: bytearray) -> int:
    """ESC * m nL nH: n columns of one byte (m 0, 1) or three (m 32, 33)."""
    if len(head) < 5:
        return 5
    return 5 + (head[3] + (head[4] << 8)) * (3 if head[2] >= 32 else 1)


def _raster(head: bytearray) -> int:
    """GS v 0 m xL xH yL yH: x bytes across, y dots down."""
    if len(head) < 8:
        return 8
    return 8 + (head[4] + (head[5] << 8)) * (head[6] + (head[7] << 8))


def _cut(head: bytearray) -> int:
    """GS V m has a feed amount n behind m in functions B to D (65, 66, 97, 98, 103, 104)."""
    if len(head) < 3:
        return 3
    return 4 if head[2] in (65, 66, 97, 98, 103, 104) else 3


def _barcode(head: bytearray) -> int:
    """GS k: function A (m 0-6) ends with NUL, function B (m 65-79) counts its bytes."""
    if len(head) < 4:
        return 4
    if head[2] >= 65:
        return 4 + head[3]
    return len(head) if head[-1] == 0 else len(head) + 1


def _until_nul(head: bytearray) -> int:
    return len(head) if len(head) > 2 and head[-1] == 0 else len(head) + 1


def _downloaded_image(head: bytearray) -> int:
    return 4 + head[2] * head[3] * 8 if len(head) >= 4 else 4


def _long_counted(head: bytearray) -> int:
    """GS 8 L p1 p2 p3 p4."""
    return 7 + int.from_bytes(head[3:7], "little") if len(head) >= 7 else 7


def _real_time_status(head: bytearray) -> int:
    """DLE EOT n takes one more byte for ink (7), peeler (8) and interface (18)."""
    return 4 if len(head) >= 3 and head[2] in (7, 8, 18) else 3


def _real_time_request(head: bytearray) -> int:
    """DLE DC4 fn: 1 pulse and 2 power off have two parameters, 8 clear buffers has seven."""
    return {1: 5, 2: 5, 3: 8, 7: 4, 8: 10}.get(head[2], 3) if len(head) >= 3 else 3


VARIABLE: dict[bytes, Callable[[bytearray], int]] = {
    b"\x1b(": _counted,
    b"\x1c(": _counted,
    b"\x1d(": _counted,
    b"\x1b*": _bit_image,
    b"\x1dv": _raster,
    b"\x1dV": _cut,
    b"\x1dk": _barcode,
    b"\x1bD": _until_nul,
    b"\x1d*": _downloaded_image,
    b"\x1d8": _long_counted,
    b"\x10\x04": _real_time_status,
    b"\x10\x14": _real_time_request,
}


class Tokenizer:
    """Feeds on single bytes and gives back whole commands or characters.

    The double-byte (Kanji) mode decides where a character ends, so FS &, FS . and ESC @ are followed here.
    A command with no known length is cut after its letter: its parameters then look like text, which is
    what a real printer that lacks the command prints.
    """

    def __init__(self, *, chinese: bool) -> None:
        self._chinese = chinese
        self._kanji = chinese
        self._head = bytearray()

    @property
    def half_received(self) -> int:
        """Bytes of the command or character that is not complete yet."""
        return len(self._head)

    def feed(self, byte: int) -> bytes | None:
        """Take one byte; return the command or character it completes."""
        self._head.append(byte)
        if len(self._head) < self._needed():
            return None
        done, self._head = bytes(self._head), bytearray()
        self._follow(done)
        return done

    def _needed(self) -> int:
        head = self._head
        if head[0] in (DLE, ESC, FS, GS):
            if len(head) == 1:
                return 2
            name = bytes(head[:2])
            measure = VARIABLE.get(name)
            return measure(head) if measure else FIXED.get(name, 2)
        return 2 if self._kanji and 0x81 <= head[0] <= 0xFE else 1

    def _follow(self, command: bytes) -> None:
        if not self._chinese:
            return
        if command in (b"\x1c&", b"\x1b@"):
            self._kanji = True
        elif command == b"\x1c.":
            self._kanji = False


def is_known(command: bytes) -> bool:
    """Whether the command's length came from a manual rather than from the two-byte fallback."""
    return command[:2] in FIXED or command[:2] in VARIABLE
