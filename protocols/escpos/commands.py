"""Follows what a POS sends, by the lengths of ESC/POS commands, so far as to know where one ends."""

from __future__ import annotations

from collections.abc import Callable

_DLE, _ESC, _FS, _GS = 0x10, 0x1B, 0x1C, 0x1D
_LEADS = frozenset((_DLE, _ESC, _FS, _GS))
_LINE_ENDS = frozenset(b"\n\r\x0c\x18")  # LF, CR, FF, CAN
_LINE_ENDING_COMMANDS = frozenset((b"\x1b@", b"\x1bd", b"\x1bJ", b"\x1bi", b"\x1bm", b"\x1dV"))
_TO_NUL = -1  # as a length: whatever comes up to a NUL

# Whole length, by letter: TM-T88III guide, TM-U220 guide, Bixolon SRP-350, HCC POS80B command lists.
_FIXED: dict[int, dict[int, bytes]] = {
    _ESC: {
        2: b"@<2LSimvu\x0c",
        3: b" !%-3=?EGJKMNRTUVadert{C9u",
        4: b"$\\cfB",
        5: b"p",
        10: b"W",
    },
    _FS: {2: b"&.", 3: b"!-CWx", 4: b"S?p"},
    _GS: {2: b":c\x0c", 3: b"!/BEHITabfhjrw", 4: b"LWP$\\", 5: b"^", 6: b"g"},
    _DLE: {3: b"\x05"},
}
_LENGTHS = {
    (lead, letter): length
    for lead, by_length in _FIXED.items()
    for length, letters in by_length.items()
    for letter in letters
}


_Measure = Callable[[bytearray], int | None]


def _little(octets: bytes | bytearray) -> int:
    return int.from_bytes(octets, "little")


def _after(size: int, measure: _Measure) -> _Measure:
    """A length that cannot be told before the first `size` bytes are there."""
    return lambda head: measure(head) if len(head) >= size else None


def _bit_image(head: bytearray) -> int:
    """ESC * m nL nH: a column takes three bytes in 24-dot modes 32 and 33, else one."""
    return 5 + _little(head[3:5]) * (3 if head[2] in (32, 33) else 1)


def _raster(head: bytearray) -> int:
    """GS v 0 and GS Q 0: m xL xH yL yH, x bytes in each of y lines."""
    return 8 + _little(head[4:6]) * _little(head[6:8])


def _barcode(head: bytearray) -> int | None:
    """GS k m: function A (m 0-6) runs to a NUL, function B (m 65 and above) counts."""
    if head[2] < 65:
        return _TO_NUL
    return 4 + head[3] if len(head) >= 4 else None


def _cut(head: bytearray) -> int:
    """GS V m, with a feed n in functions B, C and D."""
    return 4 if head[2] in (65, 66, 97, 98, 103, 104) else 3


def _counters(head: bytearray) -> int | None:
    """GS C 0 n m, GS C 1 with six parameters, GS C 2 nL nH; GS C ; takes text to its fifth semicolon."""
    if head[2] == 0x3B:
        return len(head) if head.count(b";") == 6 else None
    return 9 if head[2] in (1, 49) else 5


def _user_characters(head: bytearray) -> int | None:
    """ESC & y c1 c2, then for each character a width x and x times y bytes."""
    length = 5
    for _ in range(head[4] - head[3] + 1):
        if len(head) <= length:
            return None
        length += 1 + head[length] * head[2]
    return length


def _stored_images(head: bytearray) -> int | None:
    """FS q n, then n pictures: xL xH yL yH and x times y times 8 bytes."""
    length = 3
    for _ in range(head[2]):
        if len(head) < length + 4:
            return None
        length += 4 + _little(head[length : length + 2]) * _little(head[length + 2 : length + 4]) * 8
    return length


def _user_memory(head: bytearray) -> int | None:
    """FS g 1 m a1 a2 a3 a4 nL nH writes n bytes; FS g 2 with the same head reads."""
    if len(head) < 10:
        return None
    return 10 + (_little(head[8:10]) if head[2] in (1, 49) else 0)


_MEASURED: dict[tuple[int, int], _Measure] = {
    **{(lead, 0x28): _after(5, lambda head: 5 + _little(head[3:5])) for lead in (_ESC, _FS, _GS)},
    (_GS, 0x38): _after(7, lambda head: 7 + _little(head[3:7])),  # GS 8 L
    (_ESC, 0x2A): _after(5, _bit_image),
    (_ESC, 0x26): _after(5, _user_characters),
    (_ESC, 0x44): lambda _: _TO_NUL,  # ESC D
    (_FS, 0x32): lambda _: 4 + 72,  # FS 2 c1 c2: one character of 24 x 24 dots
    (_FS, 0x71): _after(3, _stored_images),
    (_FS, 0x67): _user_memory,
    (_GS, 0x76): _after(8, _raster),
    (_GS, 0x51): _after(8, _raster),
    (_GS, 0x2A): _after(4, lambda head: 4 + head[2] * head[3] * 8),
    (_GS, 0x56): _after(3, _cut),
    (_GS, 0x6B): _after(3, _barcode),
    (_GS, 0x43): _after(3, _counters),
    (_DLE, 0x04): _after(3, lambda head: 4 if head[2] in (7, 8, 18) else 3),
    (_DLE, 0x14): _after(3, lambda head: {1: 5, 2: 5, 3: 8, 7: 4, 8: 10}.get(head[2], 3)),
}


class Commands:
    """Where in the stream of one connection the last byte fed stands.

    A command whose length no manual told is taken for two bytes; what follows it then counts as text.
    `asked` counts the DLE EOT 1-4 fed so far: a printer answers them wherever they stand, in pictures too.
    """

    def __init__(self) -> None:
        self.asked = 0
        self._head = bytearray()
        self._skip = 0
        self._to_nul = False
        self._half_character = False
        self._line_open = False
        self._tail = b""

    @property
    def is_inside(self) -> bool:
        """In a command, in a picture, or between the two bytes of a Han character."""
        return bool(self._head or self._skip or self._to_nul or self._half_character)

    @property
    def is_line_open(self) -> bool:
        """Text was sent since the last end of a line."""
        return self._line_open

    def feed(self, octets: bytes) -> None:
        self._count_questions(octets)
        at = 0
        while at < len(octets):
            if self._skip:
                taken = min(self._skip, len(octets) - at)
                self._skip -= taken
                at += taken
            elif self._to_nul:
                end = octets.find(0, at)
                self._to_nul = end < 0
                at = len(octets) if end < 0 else end + 1
            else:
                self._take(octets[at])
                at += 1

    def _count_questions(self, octets: bytes) -> None:
        joined = self._tail + octets
        at = joined.find(b"\x10\x04")
        while 0 <= at < len(joined) - 2:
            self.asked += joined[at + 2] in (1, 2, 3, 4)
            at = joined.find(b"\x10\x04", at + 2)
        self._tail = joined[-2:]

    def _take(self, octet: int) -> None:
        if self._head:
            self._head.append(octet)
            self._measure()
        elif octet in _LEADS:
            self._half_character = False
            self._head.append(octet)
        else:
            self._text(octet)

    def _measure(self) -> None:
        """Forget the head as soon as it tells how much is still to come."""
        head = self._head
        if len(head) < 2:
            return
        name = head[0], head[1]
        length = _MEASURED[name](head) if name in _MEASURED else _LENGTHS.get(name, 2)
        if length is None:
            return
        self._to_nul = length == _TO_NUL
        self._skip = max(0, length - len(head))
        self._ended(bytes(head[:2]))

    def _ended(self, name: bytes) -> None:
        """Cutting, feeding lines and starting anew end the line that was open."""
        self._head.clear()
        if name in _LINE_ENDING_COMMANDS:
            self._line_open = False

    def _text(self, octet: int) -> None:
        """GB18030: a lead of 81-FE, then 30-FE; so it holds for single-byte code pages at a line's end."""
        if self._half_character and octet >= 0x30:
            self._half_character = False
            return
        self._half_character = 0x81 <= octet <= 0xFE
        if octet in _LINE_ENDS:
            self._line_open = False
        elif octet >= 0x20:
            self._line_open = True
