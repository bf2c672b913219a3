"""What a receiver at another speed makes of bytes: the line bit by bit, 8 data bits, no parity, 1 stop bit.

An ideal receiver: it waits for the line to fall, looks at the middle of each of its own bits, and takes the
byte whether the stop bit was high or not (with INPCK off Linux hands it on; a printer may ignore it).
"""

from fractions import Fraction

BITS = 10
"""Of a byte on the line: a low start bit, 8 data bits from the lowest on, a high stop bit."""


def sampled(octets: bytes, sent_at: int, read_at: int) -> bytes:
    """The bytes heard, those with a framing error included; speeds in baud. Empty where none begins."""
    return bytes(octet for octet, _ in frames(octets, sent_at, read_at))


def frames(octets: bytes, sent_at: int, read_at: int) -> list[tuple[int, bool]]:
    """Each byte heard and whether its stop bit was high. Times are in bits of the sender's."""
    line = [level for octet in octets for level in _levels(octet)]
    width = Fraction(sent_at, read_at)
    found: list[tuple[int, bool]] = []
    now = Fraction(0)
    while (start := _fall(line, now)) is not None:
        low, *data, stop = (_level(line, start + width * (bit + Fraction(1, 2))) for bit in range(BITS))
        if low:  # a spike shorter than half a bit
            now = start + width / 2
            continue
        found.append((sum(level << bit for bit, level in enumerate(data)), bool(stop)))
        now = start + width * (BITS - Fraction(1, 2))
    return found


def _levels(octet: int) -> list[int]:
    return [0, *(octet >> bit & 1 for bit in range(8)), 1]


def _level(line: list[int], time: Fraction) -> int:
    """The idle line is high."""
    return line[int(time)] if 0 <= time < len(line) else 1


def _fall(line: list[int], after: Fraction) -> Fraction | None:
    """When the line next goes from high to low."""
    first = int(after) + 1 if after else 0
    for bit in range(first, len(line)):
        if not line[bit] and _level(line, Fraction(bit - 1)):
            return Fraction(bit)
    return None
