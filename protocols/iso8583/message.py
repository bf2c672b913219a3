"""ISO 8583 echo tests: the dialect is data, pyiso8583 makes the bytes, and only an echo can be encoded."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from msgspec import Struct

from protocols.iso8583.answers import ACCEPTED
from protocols.iso8583.tables import FORMATS

MAX_REPLY_BYTES: Final = 2048  # an echo reply is under 200; 2-byte lengths alone would allow 65,535

_ECHO_MTI: Final = re.compile(
    r"[012]8[02][0-5]"
)  # version, 8 = network management, request or advice, origin
# 60.1 type, 60.2 batch number, 60.3 network management code: echo test 301, status upload 362.
_ECHO_60: Final = re.compile(r"00\d{6}(?:301|362)")
# Field 62 of a status upload: keyboard, PIN pad, card reader, printer, display (01 to 05), each 1 for good
# or 0 (e-com-net.com/article/5481825.htm, field 62, use 2). Downloaded parameters (11 on) are none of ours.
_DEVICE_STATES: Final = re.compile(r"(?:0[1-5][01]){1,5}")
_SENDABLE: Final = frozenset({"3", "7", "11", "12", "13", "24", "32", "33", "41", "42", "60", "62", "70"})
_FORMAT: Final = re.compile(
    r"(?P<kind>n|z|an|ans|b)(?P<dots>\.{0,3})(?P<size>\d+)(?: (?P<encoding>[a-z0-9]+))?"
)

Encoding = Literal["ascii", "bcd", "cp500"]
Framing = Literal["binary-2", "binary-4", "bcd-2", "ascii-4"]
_PREFIX_BYTES: Final[Mapping[str, int]] = {"binary-2": 2, "binary-4": 4, "bcd-2": 2, "ascii-4": 4}


class NotAnEchoError(ValueError):
    """The message would be something else than an echo test."""


class GarbledError(ValueError):
    """What came is no echo reply; the message is a fixed phrase."""


class Dialect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one acquirer's host speaks. Raise ValueError where it describes anything but an echo test.

    `fields`: what is sent, field number to value; {stan}, {utc} (MMDDhhmmss), {local} (YYMMDDhhmmss), {time}
    (hhmmss), {date} (MMDD), {terminal_id} and {merchant_id} are filled in. `numbers` and `text` encode n/z
    and an/ans fields, `lengths` the LL and LLL prefixes; `formats` overrides single fields in the notation of
    the standard's tables, with an encoding of their own where given: {"39" = "an2 cp500"}. `filler`: on which
    side an odd BCD digit count is filled. `tpdu` (5 bytes: 60, destination, source) and `header` (6 bytes at
    UnionPay-type hosts) are hexadecimal. `source` says where the values came from.
    """

    mti: str
    fields: dict[str, str]
    numbers: Encoding = "ascii"
    text: Literal["ascii", "cp500"] = "ascii"
    lengths: Encoding = "ascii"
    bitmap: Literal["binary", "hex"] = "binary"
    filler: Literal["left", "right"] = "left"
    formats: dict[str, str] = {}
    framing: Framing = "binary-2"
    length_counts_itself: bool = False
    length_counts_tpdu: bool = True
    tpdu: str = ""
    header: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        _prefix(self)
        for number, form in self.formats.items():
            _field(self, number, form)
        _refuse_all_but_echo(self.mti, _values(self, 1, datetime(2000, 1, 1, tzinfo=UTC), "0" * 8, "0" * 15))


class Reply(Struct, frozen=True, kw_only=True):
    """`answer_code` is field 39, "" where the reply has none."""

    mti: str
    stan: str = ""
    answer_code: str = ""
    terminal_id: str = ""

    @property
    def accepted(self) -> bool:
        return self.answer_code in ACCEPTED


def request(
    dialect: Dialect, *, stan: int, now: datetime, terminal_id: str = "", merchant_id: str = ""
) -> bytes:
    """One echo test with its length in front; `stan` is 1 to 999999. Raise NotAnEchoError or ValueError."""
    message = _message(dialect, _values(dialect, stan, now, terminal_id, merchant_id))
    prefix = _prefix(dialect)
    body = prefix + message
    counted = len(body) if dialect.length_counts_tpdu else len(body) - len(dialect.tpdu) // 2
    counted += _PREFIX_BYTES[dialect.framing] if dialect.length_counts_itself else 0
    return _length(dialect.framing, counted) + body


def take(dialect: Dialect, received: bytes) -> bytes | None:
    """The whole message without its length, TPDU and header; None while bytes are missing.

    Raise GarbledError as soon as the length cannot be right (nothing above MAX_REPLY_BYTES is awaited), where
    more follows than was announced, or where the TPDU is another terminal's.
    """
    size = _PREFIX_BYTES[dialect.framing]
    if len(received) < size:
        return None
    announced = _announced(dialect.framing, received[:size])
    if announced is not None:
        announced -= size if dialect.length_counts_itself else 0
        announced += 0 if dialect.length_counts_tpdu else len(dialect.tpdu) // 2
    before = len(_prefix(dialect))
    if announced is None or not before < announced <= MAX_REPLY_BYTES:
        raise GarbledError(_resembles(received) or "a length that cannot be")
    if len(received) < size + announced:
        return None
    if len(received) > size + announced:
        raise GarbledError("more than one reply, or a wrong length")
    if dialect.tpdu and not _is_ours(dialect.tpdu, received[size : size + 5].hex()):
        raise GarbledError("the reply to another TPDU")
    return received[size + before : size + announced]


def _is_ours(sent: str, came: str) -> bool:
    """Destination and source come back swapped (Hypercom network routing), or as they were sent."""
    return came in (sent.lower(), (sent[:2] + sent[6:] + sent[2:6]).lower())


def decode(dialect: Dialect, message: bytes) -> dict[str, str]:
    """Fields by number, "t" for the message type. Raise GarbledError, nothing else, whatever the bytes."""
    import iso8583  # noqa: PLC0415  11 ms that only a child with an echo line pays

    try:
        decoded, _ = iso8583.decode(message, specification(dialect))
    except (ValueError, LookupError, TypeError) as error:  # DecodeError is a ValueError; field 129 a KeyError
        raise GarbledError(_resembles(message) or "bytes that are not ISO 8583") from error
    return dict(decoded)


def reply(dialect: Dialect, message: bytes, *, stan: int, terminal_id: str = "") -> Reply:
    """The reply to the request with this `stan`. Raise GarbledError where it answers something else."""
    fields = decode(dialect, message)
    if fields["t"] != _reply_mti(dialect.mti):
        raise GarbledError("the reply to another kind of message")
    if fields.get("11", f"{stan:06d}") != f"{stan:06d}":
        raise GarbledError("the reply to another trace number")
    if any(fields.get(number, code)[-3:] != code for number, code in _echo_codes(dialect)):
        raise GarbledError("the reply to another question")
    answered = fields.get("41", "").strip()
    if answered and terminal_id.strip() and answered != terminal_id.strip():
        raise GarbledError("the reply to another terminal")
    answer_code = fields.get("39", "").strip()
    if answer_code and not (answer_code.isascii() and answer_code.isalnum()):
        raise GarbledError("bytes that are not ISO 8583")
    return Reply(
        mti=fields["t"],
        stan=fields.get("11", ""),
        answer_code=answer_code,
        terminal_id=answered,
    )


def _echo_codes(dialect: Dialect) -> list[tuple[str, str]]:
    """Fields that say what is asked, with their last three digits; 24 is a network's number in 1987."""
    asking = ("60", "70") if dialect.mti[0] == "0" else ("24", "70")
    return [(number, dialect.fields[number][-3:]) for number in asking if number in dialect.fields]


def specification(dialect: Dialect) -> dict[str, dict[str, Any]]:
    """The dialect as pyiso8583 wants it (its `specs` module names the keys). Raise ValueError."""
    numbers = "b" if dialect.numbers == "bcd" else dialect.numbers
    bitmap = "b" if dialect.bitmap == "binary" else dialect.text
    fixed = {"len_enc": "ascii", "len_type": 0}
    made: dict[str, dict[str, Any]] = {
        "h": {"data_enc": "b", "max_len": 0, **fixed},
        "t": {"data_enc": numbers, "max_len": 2 if numbers == "b" else 4, **fixed},
        "p": {"data_enc": bitmap, "max_len": 8 if bitmap == "b" else 16, **fixed},
        "1": {"data_enc": bitmap, "max_len": 8 if bitmap == "b" else 16, **fixed},
    }
    for number, form in {**FORMATS, **dialect.formats}.items():
        made[number] = _field(dialect, number, form)
    return made


def _field(dialect: Dialect, number: str, form: str) -> dict[str, Any]:
    found = _FORMAT.fullmatch(form)
    if found is None or not number.isdecimal():
        raise ValueError(f"field {number}: {form!r} is no format such as n6, an..25 or n3 bcd")
    kind, digits, size = found["kind"], len(found["dots"]), int(found["size"])
    encoding = found["encoding"] or (dialect.numbers if kind in "nz" else dialect.text)
    binary = kind == "b" or encoding == "bcd"
    packed = dialect.lengths == "bcd"
    return {
        "data_enc": "b"
        if binary
        else encoding.replace("ascii", "latin-1"),  # hosts put Chinese into free text
        "len_enc": dialect.lengths,
        "len_type": (digits + 1) // 2 if packed else digits,
        "max_len": size,
        "len_count": "nibbles" if binary and kind != "b" else "bytes",
        f"{dialect.filler}_pad": "0",
    }


def _message(dialect: Dialect, values: dict[str, str]) -> bytes:
    """The one place where a message becomes bytes. Raise NotAnEchoError before anything else."""
    _refuse_all_but_echo(dialect.mti, values)
    import iso8583  # noqa: PLC0415  as in decode

    try:
        message, _ = iso8583.encode({"t": dialect.mti, **values}, specification(dialect))
    except LookupError as error:
        raise ValueError(f"field {error} has no format") from error
    return bytes(message)


def _refuse_all_but_echo(mti: str, values: Mapping[str, str]) -> None:
    """A sign-in would change keys, a settlement would close the batch, on a terminal that is not ours.

    0800 is sign-in at UnionPay-type hosts, whose code is 60.3, so field 60 goes with 0820 only; 24 is a
    network identifier in 1987 messages and the function code in later ones (801 sign-on, 831 echo).
    """
    if not _ECHO_MTI.fullmatch(mti):
        raise NotAnEchoError(f"message type {mti} is not network management")
    if unknown := values.keys() - _SENDABLE:
        raise NotAnEchoError(f"an echo test carries no field {', '.join(sorted(unknown, key=int))}")
    if values.get("3", "000000") != "000000":
        raise NotAnEchoError("field 3 must be 000000")
    function = values.get("24", "")
    if function != "831" and (function.startswith("8") or (function and mti[0] != "0")):
        raise NotAnEchoError("field 24 must be 831")
    if values.get("70", "301") != "301":
        raise NotAnEchoError("field 70 must be 301")
    if "60" in values and not (mti == "0820" and _ECHO_60.fullmatch(values["60"])):
        raise NotAnEchoError("field 60 must be 00, six digits of batch number and 301 or 362, in an 0820")
    if "62" in values and not (values.get("60", "")[-3:] == "362" and _DEVICE_STATES.fullmatch(values["62"])):
        raise NotAnEchoError("field 62 goes with 60.3 = 362 only, as pairs of a device 01 to 05 and 0 or 1")
    if function != "831" and not values.keys() & {"60", "70"}:
        raise NotAnEchoError("no echo code: one of field 24 = 831, field 60.3 = 301 or 362, field 70 = 301")


def _values(dialect: Dialect, stan: int, now: datetime, terminal_id: str, merchant_id: str) -> dict[str, str]:
    utc = now.astimezone(UTC)
    local = now.astimezone()
    known = {
        "stan": f"{stan:06d}",
        "utc": f"{utc:%m%d%H%M%S}",
        "local": f"{local:%y%m%d%H%M%S}",
        "time": f"{local:%H%M%S}",
        "date": f"{local:%m%d}",
        "terminal_id": terminal_id and f"{terminal_id:<8}",  # ans 8 and ans 15, filled with spaces
        "merchant_id": merchant_id and f"{merchant_id:<15}",
    }
    try:
        filled = {number: value.format_map(known) for number, value in dialect.fields.items()}
    except (LookupError, ValueError, AttributeError) as error:
        raise ValueError(f"fields: {error} cannot be filled in") from error
    if not all(value.isascii() for value in filled.values()):
        raise ValueError("fields: ASCII only")
    return {number: value for number, value in filled.items() if value}


def _prefix(dialect: Dialect) -> bytes:
    if len(dialect.tpdu) not in (0, 10):
        raise ValueError("tpdu: ten hexadecimal digits, such as 6000010000")
    return bytes.fromhex(dialect.tpdu) + bytes.fromhex(dialect.header)


def _length(framing: Framing, count: int) -> bytes:
    match framing:
        case "binary-2":
            return struct.pack("!H", count)
        case "binary-4":
            return struct.pack("!I", count)
        case "bcd-2":
            return bytes.fromhex(f"{count:04d}")
        case "ascii-4":
            return b"%04d" % count


def _announced(framing: Framing, prefix: bytes) -> int | None:
    if framing.startswith("binary"):
        return int.from_bytes(prefix, "big")
    digits = prefix.hex() if framing == "bcd-2" else prefix.decode("latin-1")
    return int(digits) if re.fullmatch("[0-9]+", digits) else None


def _resembles(received: bytes) -> str:
    start = received[:16].lstrip().lower()
    if start.startswith((b"http/", b"<")):
        return "a web page"
    if start[:2] in (b"\x15\x03", b"\x16\x03"):
        return "TLS where none is set up"
    return ""


def _reply_mti(mti: str) -> str:
    """The third digit counts up: 0800 is answered by 0810, 0820 by 0830."""
    return f"{mti[:2]}{int(mti[2]) + 1}{mti[3]}"
