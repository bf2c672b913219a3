"""What a leaf certificate says about itself, read from its DER bytes (X.690, RFC 5280)."""

from __future__ import annotations

import calendar
import socket
import time
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

MAX_BYTES: Final = 1 << 16  # real leaves are 1 to 4 kB

_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0x17, 0x18
_VERSION, _EXTENSIONS, _BOOLEAN = 0xA0, 0xA3, 0x01
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87  # GeneralName [2] and [7], RFC 5280 section 4.2.1.6
_COMMON_NAME: Final = bytes.fromhex("550403")  # 2.5.4.3
_ORGANISATION: Final = bytes.fromhex("55040a")  # 2.5.4.10
_ALTERNATIVE_NAMES: Final = bytes.fromhex("551d11")  # 2.5.29.17
_AUTHORITY_INFORMATION: Final = bytes.fromhex("2b06010505070101")  # 1.3.6.1.5.5.7.1.1
_TEXT: Final = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}


class Leaf(Struct, frozen=True, kw_only=True):
    """`not_before` and `not_after` in seconds since 1970 UTC. `issuer` and `subject`: common name, else
    organisation. `names`: DNS names and addresses it is good for. `names_its_issuer`: it says where its
    issuer's certificate is published, as those of public authorities do.
    """

    not_before: float
    not_after: float
    issuer: str
    subject: str
    names: tuple[str, ...] = ()
    self_signed: bool = False
    names_its_issuer: bool = False

    def days_left(self, now: float) -> int:
        """Whole days from `now` (seconds since 1970 UTC) to the end; negative once it is over."""
        return int((self.not_after - now) // 86400)


def read_leaf(der: bytes) -> Leaf:
    """Raise ValueError, nothing else, whatever the bytes."""
    if len(der) > MAX_BYTES:
        raise ValueError("too long for a certificate")
    try:
        return _leaf(der)
    except (IndexError, UnicodeDecodeError, OverflowError) as error:
        raise ValueError(f"not a certificate: {error}") from error


def _leaf(der: bytes) -> Leaf:
    """TBSCertificate, RFC 5280 section 4.1: version, serial, algorithm, issuer, validity, subject, key."""
    certificate = _only(der, _SEQUENCE)
    tag, signed = next(_elements(certificate), (0, b""))
    parts = list(_elements(signed))
    if tag != _SEQUENCE or len(parts) < 6:
        raise ValueError("not a certificate")
    parts = parts[1:] if parts[0][0] == _VERSION else parts
    issuer, validity, subject = (content for _, content in parts[2:5])
    times = [_seconds(tag, content) for tag, content in _elements(validity)]
    if len(times) != 2:
        raise ValueError("a certificate without two dates")
    extensions = dict(_extensions(parts))
    names = _alternative_names(extensions.get(_ALTERNATIVE_NAMES, b""))
    return Leaf(
        not_before=times[0],
        not_after=times[1],
        issuer=_name(issuer),
        subject=_name(subject),
        names=tuple(names) or tuple(filter(None, [_name(subject)])),
        self_signed=issuer == subject,
        names_its_issuer=_AUTHORITY_INFORMATION in extensions,
    )


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element in a row; lengths as in X.690 section 8.1.3, never beyond the end."""
    position = 0
    while position < len(content):
        tag, length = content[position], content[position + 1]
        position += 2
        if length & 0x80:
            width = length & 0x7F
            length = int.from_bytes(content[position : position + width], "big")
            position += width
        if position + length > len(content):
            raise ValueError("cut short")
        yield tag, content[position : position + length]
        position += length


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
    elif tag != _GENERALIZED_TIME:
        raise ValueError("a date of an unknown kind")
    return float(calendar.timegm(time.strptime(text, "%Y%m%d%H%M%SZ")))


def _name(content: bytes) -> str:
    found: dict[bytes, str] = {}
    for _, relative in _elements(content):
        for _, pair in _elements(relative):
            (_, oid), (tag, value) = [*_elements(pair), (0, b""), (0, b"")][:2]
            found.setdefault(oid, value.decode(_TEXT.get(tag, "latin-1"), "replace"))
    name = found.get(_COMMON_NAME) or found.get(_ORGANISATION, "")
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:128]


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
            yield value.decode("ascii", "replace")
        elif tag == _IP_ADDRESS and len(value) in (4, 16):
            yield socket.inet_ntop(socket.AF_INET if len(value) == 4 else socket.AF_INET6, value)
