"""Reads and writes ISO 8583 messages, framings and TPDUs, straight from the standard's field table."""

from dataclasses import dataclass, field
from typing import Literal

# ISO 8583:1987 table: format (n, an, b = bytes), length, and digits of the length prefix (0 = fixed).
FIELDS: dict[int, tuple[str, int, int]] = {
    2: ("n", 19, 2),
    3: ("n", 6, 0),
    4: ("n", 12, 0),
    7: ("n", 10, 0),
    11: ("n", 6, 0),
    12: ("n", 6, 0),
    13: ("n", 4, 0),
    14: ("n", 4, 0),
    15: ("n", 4, 0),
    18: ("n", 4, 0),
    22: ("n", 3, 0),
    24: ("n", 3, 0),
    25: ("n", 2, 0),
    32: ("n", 11, 2),
    33: ("n", 11, 2),
    37: ("an", 12, 0),
    38: ("an", 6, 0),
    39: ("an", 2, 0),
    41: ("an", 8, 0),
    42: ("an", 15, 0),
    44: ("an", 25, 2),
    48: ("an", 999, 3),
    49: ("n", 3, 0),
    53: ("n", 16, 0),
    60: ("an", 999, 3),
    61: ("an", 999, 3),
    62: ("an", 999, 3),
    63: ("an", 999, 3),
    64: ("b", 8, 0),
    70: ("n", 3, 0),
    93: ("an", 5, 0),
    94: ("an", 7, 0),
    100: ("n", 11, 2),
    128: ("b", 8, 0),
}
# Where ISO 8583:1993 (message types beginning with 1) differs: date with time, point of service, action code.
FIELDS_1993 = FIELDS | {12: ("n", 12, 0), 22: ("an", 12, 0), 39: ("n", 3, 0)}


@dataclass(frozen=True)
class Dialect:
    """How one acquirer spells a message; the fields' meaning is the same in all.

    `packed`: numerics and lengths are BCD, MTI two bytes; else everything is ASCII digits. `hex_bitmap`: 16
    hexadecimal digits instead of 8 bytes. `packed_60`: field 60 is BCD, as China UnionPay has it.
    `header_bytes` between TPDU and MTI (UnionPay: 6) are sent back as they came.
    """

    packed: bool = True
    hex_bitmap: bool = False
    response_code: Literal["ascii", "bcd", "ebcdic"] = "ascii"
    packed_60: bool = False
    header_bytes: int = 0


DIALECTS = {
    "bcd": Dialect(),
    "ascii": Dialect(packed=False, hex_bitmap=True),
    "unionpay": Dialect(packed_60=True, header_bytes=6),
}


@dataclass(frozen=True)
class Framing:
    """`length`: two bytes binary, two bytes BCD, or four ASCII digits; `inclusive` counts itself."""

    length: Literal["binary", "bcd", "ascii"] = "binary"
    inclusive: bool = False
    tpdu: bool = False

    @property
    def length_bytes(self) -> int:
        return 4 if self.length == "ascii" else 2

    def read_length(self, octets: bytes) -> int:
        """Bytes that follow the length; raises ValueError for digits that are none."""
        if self.length == "binary":
            total = int.from_bytes(octets, "big")
        else:
            total = int(octets.hex() if self.length == "bcd" else octets.decode("ascii", "replace"))
        return total - (self.length_bytes if self.inclusive else 0)

    def wrap(self, body: bytes) -> bytes:
        total = len(body) + (self.length_bytes if self.inclusive else 0)
        if self.length == "binary":
            return total.to_bytes(2, "big") + body
        digits = f"{total:04d}"
        return (bytes.fromhex(digits) if self.length == "bcd" else digits.encode()) + body


@dataclass
class Message:
    """`tpdu` and `header` are raw; field values are digit strings, text, or hex digits for binary fields."""

    mti: str
    fields: dict[int, str]
    tpdu: bytes = b""
    header: bytes = b""


@dataclass
class _Reader:
    octets: bytes
    at: int = field(default=0)

    def take(self, count: int) -> bytes:
        piece = self.octets[self.at : self.at + count]
        if len(piece) < count:
            raise ValueError(f"message ends {count - len(piece)} bytes early")
        self.at += count
        return piece

    def digits(self, count: int, *, packed: bool) -> str:
        if not packed:
            return self.take(count).decode("ascii")
        return self.take((count + 1) // 2).hex()[-count:]


def parse(body: bytes, dialect: Dialect, *, tpdu: bool) -> Message:
    """Raises ValueError for what is no message of this dialect."""
    reader = _Reader(body)
    prefix = reader.take(5) if tpdu else b""
    header = reader.take(dialect.header_bytes)
    mti = reader.digits(4, packed=dialect.packed)
    if not mti.isdecimal():
        raise ValueError(f"message type {mti!r} is not four digits")
    message = Message(mti, {}, prefix, header)
    for number in _read_bitmap(reader, dialect):
        message.fields[number] = _read_field(reader, number, mti, dialect)
    if reader.at != len(body):
        raise ValueError(f"{len(body) - reader.at} bytes behind the last field")
    return message


def _read_bitmap(reader: _Reader, dialect: Dialect) -> list[int]:
    bits = _bitmap_half(reader, dialect)
    if bits[0] == "1":
        bits += _bitmap_half(reader, dialect)
    return [number for number, bit in enumerate(bits, 1) if bit == "1" and number not in (1, 65)]


def _bitmap_half(reader: _Reader, dialect: Dialect) -> str:
    octets = bytes.fromhex(reader.take(16).decode("ascii")) if dialect.hex_bitmap else reader.take(8)
    return f"{int.from_bytes(octets, 'big'):064b}"


def _kind(number: int, mti: str, dialect: Dialect) -> tuple[str, int, int]:
    """Format, length and prefix digits of a field; raises ValueError for one not in the table."""
    table = FIELDS_1993 if mti[0] == "1" else FIELDS
    if number not in table:
        raise ValueError(f"field {number} is not in this host's table")
    kind, length, prefix = table[number]
    if number == 60 and dialect.packed_60:
        kind = "n"
    return kind, length, prefix


def _read_field(reader: _Reader, number: int, mti: str, dialect: Dialect) -> str:
    kind, length, prefix = _kind(number, mti, dialect)
    if number == 39:
        return _read_response_code(reader, length, dialect)
    if prefix:
        length = int(reader.digits(prefix, packed=dialect.packed))
    if kind == "b":
        return reader.take(length * (1 if dialect.packed else 2)).hex()
    if kind == "n":
        return reader.digits(length, packed=dialect.packed)
    return reader.take(length).decode("latin-1")


def _read_response_code(reader: _Reader, length: int, dialect: Dialect) -> str:
    if dialect.response_code == "bcd":
        return reader.digits(length, packed=True)
    return reader.take(length).decode("cp037" if dialect.response_code == "ebcdic" else "ascii")


def build(message: Message, dialect: Dialect) -> bytes:
    """The message with TPDU and header, without length; raises ValueError for a field not in the table."""
    numbers = sorted(message.fields)
    extended = numbers[-1] > 64 if numbers else False
    bits = sum(1 << (128 - number) for number in numbers) | (1 << 127 if extended else 0)
    bitmap = bits.to_bytes(16, "big")[: 16 if extended else 8]
    parts = [message.tpdu, message.header, _digits(message.mti, packed=dialect.packed)]
    parts.append(bitmap.hex().upper().encode() if dialect.hex_bitmap else bitmap)
    parts += [_write_field(number, message, dialect) for number in numbers]
    return b"".join(parts)


def _write_field(number: int, message: Message, dialect: Dialect) -> bytes:
    value = message.fields[number]
    kind, length, prefix = _kind(number, message.mti, dialect)
    head = _digits(f"{len(value):0{prefix}d}", packed=dialect.packed) if prefix else b""
    if number == 39:
        return _response_code(value, dialect)
    if kind == "b":
        return head + (bytes.fromhex(value) if dialect.packed else value.encode())
    if kind == "n":
        return head + _digits(value if prefix else value.rjust(length, "0"), packed=dialect.packed)
    return head + (value if prefix else value.ljust(length)).encode("latin-1")


def _response_code(value: str, dialect: Dialect) -> bytes:
    if dialect.response_code == "bcd":
        return _digits(value, packed=True)
    return value.encode("cp037" if dialect.response_code == "ebcdic" else "ascii")


def _digits(value: str, *, packed: bool) -> bytes:
    if not packed:
        return value.encode("ascii")
    return bytes.fromhex(value if len(value) % 2 == 0 else "0" + value)
