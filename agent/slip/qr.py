"""What a slip says to other machines: a code to read out on the phone, and a short signed report to scan.

The QR's text is "PH1:" and then, in base32 (RFC 4648 section 6) without padding, a msgpack array and the
first eight bytes of its HMAC-SHA256: only characters of which a QR symbol packs two into eleven bits.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

import msgspec
from msgspec import Struct

from vocabulary.condition import Capability
from vocabulary.report import Report

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O, U. https://www.crockford.com/base32.html"""

_HEARD: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_CODE_CHARACTERS: Final = 5
_PREFIX: Final = "PH1:"
_TAG_BYTES: Final = 8
MAX_PAYLOAD: Final = 150
"""Characters: QR version 6 at level M (154), 41 modules, which leaves six dots a module on a 58 mm roll."""

_MAX_BODY_BYTES: Final = (MAX_PAYLOAD - len(_PREFIX)) * 5 // 8 - _TAG_BYTES


class SlipCodeError(ValueError):
    """A code or QR text that was misheard, damaged, or not made with this key."""


class ShortReport(Struct, frozen=True, array_like=True):
    """What the QR holds. `wall` is seconds since 1970 UTC.

    `lost` has bit n set for the nth Capability. `causes` counts all; `codes` are as many, the headline's
    first, as the symbol has room for.
    """

    terminal: str
    spool_id: str
    sequence: int
    wall: int
    code: str
    lost: int
    causes: int
    codes: tuple[str, ...]

    @property
    def lost_capabilities(self) -> tuple[Capability, ...]:
        return tuple(each for bit, each in enumerate(Capability) if self.lost >> bit & 1)


def read_aloud_code(key: bytes, spool_id: str, sequence: int) -> str:
    """As "7K4P-2Q": 25 bits that only the key's holder can make, and a check character."""
    digest = _mac(key, f"{spool_id}|{sequence}".encode())
    bits = int.from_bytes(digest[:4], "big") >> 7
    values = [bits >> shift & 31 for shift in range(20, -1, -5)]
    values.append(_check(values))
    text = "".join(ALPHABET[value] for value in values)
    return f"{text[:4]}-{text[4:]}"


def heard(code: str) -> str:
    """The code as printed, from what somebody typed; raise SlipCodeError where it cannot be right."""
    text = code.upper().translate(_HEARD)
    if len(text) != _CODE_CHARACTERS + 1 or not set(text) <= set(ALPHABET):
        raise SlipCodeError(f"a code is six letters and digits such as 7K4P-2Q, not {code!r}")
    values = [ALPHABET.index(character) for character in text]
    if _check(values[:-1]) != values[-1]:
        raise SlipCodeError(f"{code!r} was misread: its last character does not fit the others")
    return f"{text[:4]}-{text[4:]}"


def _check(values: list[int]) -> int:
    """A weighted sum in GF(32): the weights 2, 4, 8, 16, 5 and the check's own 1 all differ, so every single
    wrong character and every swap of two changes it.
    """
    weight, total = 1, 0
    for value in values:
        weight = _times_two(weight)
        total ^= _product(weight, value)
    return total


def _times_two(value: int) -> int:
    """In GF(32) over x^5 + x^2 + 1, which is primitive."""
    doubled = value << 1
    return doubled ^ 0b100101 if doubled & 32 else doubled


def _product(left: int, right: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        left, right = _times_two(left), right >> 1
    return product


def qr_payload(report: Report, key: bytes) -> str:
    """At most 150 characters; "" where the terminal's name alone leaves no room (about 48 letters)."""
    causes = report.diagnosis.causes
    for kept in range(len(causes), -1, -1):
        body = msgspec.msgpack.encode(_short(report, kept))
        if len(body) <= _MAX_BODY_BYTES:
            return _PREFIX + base64.b32encode(body + _tag(key, body)).decode().rstrip("=")
    return ""


def _short(report: Report, codes: int) -> ShortReport:
    causes = report.diagnosis.causes
    return ShortReport(
        terminal=report.identity.terminal,
        spool_id=report.spool_id,
        sequence=report.sequence,
        wall=int(report.clock.wall),
        code=report.code,
        lost=sum(1 << bit for bit, each in enumerate(Capability) if each in report.diagnosis.lost),
        causes=len(causes),
        codes=tuple(cause.code for cause in causes[:codes]),
    )


def decode(payload: str) -> ShortReport:
    """Without any proof of who made it; raise SlipCodeError."""
    return _decoded(_unpacked(payload)[:-_TAG_BYTES])


def verify(payload: str, key: bytes) -> ShortReport:
    """The same, proven to be this terminal's; raise SlipCodeError."""
    raw = _unpacked(payload)
    body, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
    if not hmac.compare_digest(tag, _tag(key, body)):
        raise SlipCodeError("the QR code was not made with this terminal's key")
    return _decoded(body)


def _unpacked(payload: str) -> bytes:
    text = payload.strip().upper()
    if not text.startswith(_PREFIX):
        raise SlipCodeError("not a slip's QR code")
    encoded = text.removeprefix(_PREFIX)
    try:
        return base64.b32decode(encoded + "=" * (-len(encoded) % 8))
    except ValueError as error:
        raise SlipCodeError("the QR code is damaged") from error


def _decoded(body: bytes) -> ShortReport:
    try:
        return msgspec.msgpack.decode(body, type=ShortReport)
    except msgspec.DecodeError as error:
        raise SlipCodeError("the QR code is damaged") from error


def _tag(key: bytes, body: bytes) -> bytes:
    return _mac(key, _PREFIX.encode() + body)[:_TAG_BYTES]


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
