"""What certificates say of themselves and each other, read from DER (X.690, RFC 5280) and PEM (RFC 7468)."""

from __future__ import annotations

import binascii
import calendar
import hashlib
import re
import socket
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from msgspec import Struct

from vocabulary.moments import as_fact
from vocabulary.redaction import shortened

MAX_BYTES: Final = 1 << 16  # real ones are 1 to 4 kB
MAX_NAMES: Final = 100
MAX_LETTERS: Final = 128
# 1900 and 9999: beyond the years 1 and 9999 Python's calendar ends, in some zones a day early.
_FIRST_MOMENT: Final = -2_208_988_800.0
_LAST_MOMENT: Final = 253_370_764_800.0

_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0x17, 0x18
_TIMES: Final = (_UTC_TIME, _GENERALIZED_TIME)
_VERSION, _EXTENSIONS, _BOOLEAN = 0xA0, 0xA3, 0x01
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87  # GeneralName [2] and [7], RFC 5280 section 4.2.1.6
_COMMON_NAME: Final = bytes.fromhex("550403")  # 2.5.4.3
_ORGANISATION: Final = bytes.fromhex("55040a")  # 2.5.4.10
_ALTERNATIVE_NAMES: Final = bytes.fromhex("551d11")  # 2.5.29.17
_AUTHORITY_INFORMATION: Final = bytes.fromhex("2b06010505070101")  # 1.3.6.1.5.5.7.1.1
_BEGIN: Final = b"-----BEGIN "
_LABELS: Final = (b"CERTIFICATE", b"X509 CERTIFICATE", b"TRUSTED CERTIFICATE")  # RFC 7468 5.1, x509(1)
_TEXT: Final = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}


class Certificate(Struct, frozen=True, kw_only=True):
    """`not_before` and `not_after` in seconds since 1970 UTC. `issuer` and `subject`: common name, else
    organisation. `names`: DNS names and addresses it is good for, the first hundred. `names_its_issuer`: it
    says where its issuer's certificate is published, as those of public authorities do. `sha256` is of the
    whole, `key_sha256` of its SubjectPublicKeyInfo, in lower-case hexadecimal; `issuer_id` and `subject_id`
    are the encoded names.
    """

    not_before: float
    not_after: float
    issuer: str
    subject: str
    names: tuple[str, ...] = ()
    names_its_issuer: bool = False
    sha256: str = ""
    key_sha256: str = ""
    issuer_id: bytes = b""
    subject_id: bytes = b""

    @property
    def self_signed(self) -> bool:
        return self.issuer_id == self.subject_id

    @property
    def name(self) -> str:
        """What people call it, "" where it says nothing."""
        return self.subject or ", ".join(self.names[:3])

    @property
    def begins(self) -> str:
        """Such as "2026-11-30", in UTC."""
        return _day(self.not_before)

    @property
    def ends(self) -> str:
        return _day(self.not_after)

    @property
    def ends_at(self) -> str:
        """As vocabulary.moments has it."""
        return as_fact(min(max(self.not_after, _FIRST_MOMENT), _LAST_MOMENT))

    def days_left(self, now: float) -> int:
        """Whole days from `now` (seconds since 1970 UTC) to the end; negative once it is over."""
        return int((self.not_after - now) // 86400)

    def is_valid(self, at: float) -> bool:
        return self.not_before <= at <= self.not_after


def linked(shown: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """The first of them, who signed it, who signed that one, as far as they are among those shown."""
    path = list(shown[:1])
    while path and not path[-1].self_signed:
        wanted = path[-1].issuer_id
        signer = next((each for each in shown if each.subject_id == wanted and each not in path), None)
        if signer is None:
            break
        path.append(signer)
    return tuple(path)


def read_certificate(der: bytes) -> Certificate:
    """Raise ValueError, nothing else, whatever the bytes."""
    if len(der) > MAX_BYTES:
        raise ValueError("too long for a certificate")
    try:
        return _certificate(der)
    except (IndexError, UnicodeDecodeError, OverflowError) as error:
        raise ValueError(f"not a certificate: {error}") from error


def read_file(content: bytes) -> tuple[Certificate, ...]:
    """All certificates of a PEM file, whatever else is in it, or the one of a DER file.

    Raise ValueError where one of them is damaged.
    """
    if content[:1] == bytes([_SEQUENCE]) and _BEGIN not in content:
        return (read_certificate(content),)
    return tuple(read_certificate(der) for der in _pem_blocks(content))


def _pem_blocks(content: bytes) -> Iterator[bytes]:
    """Only what is labelled a certificate is decoded: a private key beside it stays unread."""
    for piece in content.split(_BEGIN)[1:]:
        label, _, rest = piece.partition(b"-----")
        if label in _LABELS:
            text, end, _ = rest.partition(b"-----END ")
            if not end:
                raise ValueError("cut short")
            yield binascii.a2b_base64(text)  # binascii.Error is a ValueError


def _certificate(der: bytes) -> Certificate:
    """TBSCertificate, RFC 5280 section 4.1: version, serial, algorithm, issuer, validity, subject, key."""
    certificate = _only(der, _SEQUENCE)
    tag, signed = next(_elements(certificate), (0, b""))
    spans = list(_spans(signed))
    spans = spans[1:] if spans and spans[0][0] == _VERSION else spans
    if tag != _SEQUENCE or len(spans) < 6:
        raise ValueError("not a certificate")
    parts = [(tag, signed[body:end]) for tag, _, body, end in spans]
    issuer, validity, subject = (content for _, content in parts[2:5])
    times = [_seconds(tag, content) for tag, content in _elements(validity)]
    if len(times) != 2:
        raise ValueError("a certificate without two dates")
    extensions = dict(_extensions(parts))
    names = tuple(islice(_alternative_names(extensions.get(_ALTERNATIVE_NAMES, b"")), MAX_NAMES))
    return Certificate(
        not_before=times[0],
        not_after=times[1],
        issuer=_name(issuer),
        subject=_name(subject),
        names=names or tuple(filter(None, [_name(subject)])),
        names_its_issuer=_AUTHORITY_INFORMATION in extensions,
        sha256=hashlib.sha256(der[: next(_spans(der))[3]]).hexdigest(),
        key_sha256=hashlib.sha256(signed[spans[5][1] : spans[5][3]]).hexdigest(),
        issuer_id=issuer,
        subject_id=subject,
    )


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element in a row."""
    for tag, _, body, end in _spans(content):
        yield tag, content[body:end]


def _spans(content: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Tag, begin, begin of the content, and end of each; lengths as in X.690 section 10.1, all inside."""
    begin = 0
    while begin < len(content):
        length, body = content[begin + 1], begin + 2
        if length & 0x80:
            width = length & 0x7F
            if not 1 <= width <= 4:
                raise ValueError("a length that cannot be")
            length = int.from_bytes(content[body : body + width], "big")
            body += width
        end = body + length
        if end > len(content):
            raise ValueError("cut short")
        yield content[begin], begin, body, end
        begin = end


def _only(content: bytes, tag: int) -> bytes:
    found, inside = next(_elements(content), (0, b""))
    if found != tag:
        raise ValueError("not a certificate")
    return inside


def _seconds(tag: int, content: bytes) -> float:
    """RFC 5280 section 4.1.2.5: YYMMDDhhmmssZ with 50 to 99 in the last century, or YYYYMMDDhhmmssZ."""
    text = content.decode("ascii")
    if tag == _UTC_TIME:
        text = ("20" if text[:2] < "50" else "19") + text
    if tag not in _TIMES or not re.fullmatch(r"[0-9]{14}Z", text):
        raise ValueError("a date that cannot be")
    return float(calendar.timegm(time.strptime(text, "%Y%m%d%H%M%SZ")))


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def _name(content: bytes) -> str:
    found: dict[bytes, str] = {}
    for _, relative in _elements(content):
        for _, pair in _elements(relative):
            (_, oid), (tag, value) = [*_elements(pair), (0, b""), (0, b"")][:2]
            found.setdefault(oid, value.decode(_TEXT.get(tag, "latin-1"), "replace"))
    return _printable(found.get(_COMMON_NAME) or found.get(_ORGANISATION, ""))


def _printable(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in shortened(name, MAX_LETTERS))


def _extensions(parts: list[tuple[int, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    for tag, content in parts:
        if tag == _EXTENSIONS:
            for _, extension in _elements(_only(content, _SEQUENCE)):
                pieces = [value for kind, value in _elements(extension) if kind != _BOOLEAN]
                if len(pieces) == 2:
                    yield pieces[0], pieces[1]


def _alternative_names(content: bytes) -> Iterator[str]:
    if not content:
        return
    for tag, value in _elements(_only(content, _SEQUENCE)):
        if tag == _DNS_NAME:
            yield _printable(value.decode("ascii", "replace"))
        elif tag == _IP_ADDRESS and len(value) in (4, 16):
            yield socket.inet_ntop(socket.AF_INET if len(value) == 4 else socket.AF_INET6, value)
