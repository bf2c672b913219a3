"""Leaf certificates read without the cryptography package, and compared with what that package reads."""

from __future__ import annotations

import contextlib
import re
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.certificates import MAX_BYTES, Certificate, linked, read_certificate, read_file
from simulators.certificates import authority, leaf

ROOT = authority("Test Authority")
CERTIFICATE = leaf(ROOT, name="acquirer.example").certificate
DER = CERTIFICATE.public_bytes(Encoding.DER)
SYSTEM = Path("/etc/ssl/certs/ca-certificates.crt")


def test_dates_issuer_subject_and_names() -> None:
    """What a person reads out on the phone."""
    found = read_certificate(DER)

    assert found.not_before == CERTIFICATE.not_valid_before_utc.timestamp()
    assert found.not_after == CERTIFICATE.not_valid_after_utc.timestamp()
    assert (found.issuer, found.subject) == ("Test Authority", "acquirer.example")
    assert found.names == ("acquirer.example", "localhost", "127.0.0.1")
    assert not found.self_signed
    assert not found.names_its_issuer


def test_a_root_vouches_for_itself() -> None:
    """Issuer and subject are the same name."""
    assert read_certificate(ROOT.certificate.public_bytes(Encoding.DER)).self_signed


@pytest.mark.filterwarnings("ignore:Parsed a serial number:cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.filterwarnings("ignore:The parsed certificate:cryptography.utils.CryptographyDeprecationWarning")
def test_every_authority_of_this_system_is_read() -> None:
    """Real certificates of thirty years: both date formats, names in every string type."""
    blocks = re.findall("-----BEGIN.*?END CERTIFICATE-----", SYSTEM.read_text(), re.DOTALL)
    for block in blocks:
        der = ssl.PEM_cert_to_DER_cert(block)
        known = x509.load_der_x509_certificate(der)
        found = read_certificate(der)
        assert found.not_before == known.not_valid_before_utc.timestamp()
        assert found.not_after == known.not_valid_after_utc.timestamp()
        assert found.self_signed == (known.issuer == known.subject)
    assert len(blocks) > 50


@pytest.mark.parametrize(
    ("seconds_left", "days"), [(0, 0), (1, 0), (86399, 0), (86400, 1), (-1, -1), (-86400, -1), (-86401, -2)]
)
def test_days_left_are_whole_days(seconds_left: int, days: int) -> None:
    """Negative once it is over, never rounded up."""
    found = read_certificate(DER)

    assert found.days_left(found.not_after - seconds_left) == days


@given(st.binary(max_size=400))
def test_garbage_raises_value_error_only(garbage: bytes) -> None:
    """Whatever a server shows as its certificate."""
    with pytest.raises(ValueError, match=r"."):
        read_certificate(garbage)


@given(st.integers(0, len(DER) - 1), st.integers(1, 255))
def test_a_damaged_certificate_is_read_or_refused(at: int, flip: int) -> None:
    """One byte wrong anywhere: a certificate or a ValueError, nothing else."""
    damaged = DER[:at] + bytes([DER[at] ^ flip]) + DER[at + 1 :]
    with contextlib.suppress(ValueError):
        read_certificate(damaged)


@pytest.mark.parametrize("part", range(64))
def test_a_certificate_cut_short_is_refused(part: int) -> None:
    """So many 64ths of it, without an IndexError."""
    with pytest.raises(ValueError, match=r"."):
        read_certificate(DER[: len(DER) * part // 64])


@pytest.mark.parametrize(
    "make",
    [
        lambda: DER + bytes(MAX_BYTES),
        lambda: b"\x30\x84\xff\xff\xff\xff" + DER,
        lambda: b"\x30\x89" + b"\x01" * 9 + DER,
        lambda: b"\x30\x80" + DER,
        lambda: DER.replace(CERTIFICATE.not_valid_after_utc.strftime("%y%m%d").encode(), b"999999", 1),
    ],
    ids=["64 KiB", "4 GB", "nine length bytes", "indefinite length", "month 99"],
)
def test_lengths_and_dates_that_cannot_be(make: Callable[[], bytes]) -> None:
    """Refused, without waiting or allocating."""
    with pytest.raises(ValueError, match=r"."):
        read_certificate(make())


def element(tag: int, *content: bytes) -> bytes:
    """DER, X.690 section 10.1."""
    inside = b"".join(content)
    if len(inside) < 128:
        return bytes([tag, len(inside)]) + inside
    length = len(inside).to_bytes((len(inside).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + inside


def name(text: bytes) -> bytes:
    return element(
        0x30, element(0x31, element(0x30, element(0x06, bytes.fromhex("550403")), element(0x0C, text)))
    )


def made(
    ends: bytes = b"20300101000000Z",
    subject: bytes = b"acquirer.example",
    names: bytes = b"",
    key: bytes = b"",
) -> bytes:
    """A certificate as only a hostile host makes one: nobody signed it."""
    algorithm = element(0x30, element(0x06, b"\x2a"))
    dates = element(0x30, element(0x17, b"200101000000Z"), element(0x18, ends))
    extension = element(0x30, element(0x06, bytes.fromhex("551d11")), element(0x04, element(0x30, names)))
    extensions = element(0xA3, element(0x30, extension)) if names else b""
    parts = (element(0x02, b"\1"), algorithm, name(b"Issuer"), dates, name(subject), element(0x30, key))
    return element(0x30, element(0x30, *parts, extensions), algorithm, element(0x03, b"\0"))


def test_names_are_short_and_printable() -> None:
    """Of 60 KiB, and with line breaks and an escape: they come from outside and stand on slips."""
    hostile = b"a\r\nLine 2\x1b[31m\xe2\x80\xae"
    long, odd = read_certificate(made(subject=b"x" * 60_000)), read_certificate(made(subject=hostile))
    listed = read_certificate(made(names=element(0x82, hostile)))

    assert len(long.subject) == 128
    assert odd.subject == "a??Line 2?[31m?"
    assert listed.names[0].isprintable()


def test_a_hundred_names_are_enough() -> None:
    """Of the thousands that fit into 64 KiB; ten thousand do not."""
    many = element(0x82, b"a.example") * 5000

    assert read_certificate(made(names=many)).names == ("a.example",) * 100
    with pytest.raises(ValueError, match="too long"):
        read_certificate(made(names=many * 2))


@pytest.mark.parametrize("depth", [100, 5000])
def test_nested_elements_are_not_followed(depth: int) -> None:
    """A box in a box in a box where a key should be, or in place of the certificate."""
    nested = b""
    for _ in range(depth):
        nested = element(0x30, nested)
    with contextlib.suppress(ValueError):
        assert read_certificate(made(key=nested)).subject == "acquirer.example"
    with pytest.raises(ValueError, match="not a certificate"):
        read_certificate(nested)


@pytest.mark.parametrize(
    ("date", "ends"),
    [
        (b"99991231235959Z", "9999-12-31"),
        (b"19691231000000Z", "1969-12-31"),
        (b"20300231000000Z", ""),
        (b"20301301000000Z", ""),
        (b"20300101000000.5Z", ""),
        (b"20300101000000+0800", ""),
        (b"203001010000Z", ""),
        (b"2030 101000000Z", ""),
        (b"\xd9\xa2030101000000Z", ""),
        (b"00000101000000Z", ""),
        (b"", ""),
    ],
)
def test_dates_are_read_or_refused(date: bytes, ends: str) -> None:
    """RFC 5280 section 4.1.2.5.2: four digits of year, seconds, no fraction, Z."""
    if ends:
        assert read_certificate(made(ends=date)).ends == ends
    else:
        with pytest.raises(ValueError, match=r"."):
            read_certificate(made(ends=date))


@pytest.mark.parametrize("zone", ["UTC-14", "UTC+12"])  # POSIX counts west: 14 hours east, 12 west
@pytest.mark.parametrize("date", [b"99991231235959Z", b"00010101000000Z"])
def test_an_end_outside_of_the_calendar_can_be_said(
    date: bytes, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every zone of the world."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    ends_at = read_certificate(made(ends=date)).ends_at
    monkeypatch.undo()
    time.tzset()

    assert ends_at[:4] in {"9999", "1899", "1900", "9998"}


def test_an_end_before_the_begin_is_never_valid() -> None:
    backwards = read_certificate(made(ends=b"20100101000000Z"))

    assert not any(backwards.is_valid(float(at)) for at in range(0, 4_000_000_000, 10_000_000))


def test_who_signed_whom_is_told_by_their_names() -> None:
    """In whatever order they are shown, with strangers between; a ring has an end."""
    between = authority("Authority In Between", signed_by=ROOT)
    shown = [leaf(between), leaf(ROOT, name="stranger"), ROOT, between]
    read = [read_certificate(each.certificate.public_bytes(Encoding.DER)) for each in shown]
    ring = [
        Certificate(
            not_before=0, not_after=0, issuer=a, subject=b, issuer_id=a.encode(), subject_id=b.encode()
        )
        for a, b in (("x", "y"), ("y", "x"))
    ]

    assert [each.subject for each in linked(read)] == [
        "acquirer.test",
        "Authority In Between",
        "Test Authority",
    ]
    assert linked(ring) == tuple(ring)
    assert linked([]) == ()


PEM = leaf(ROOT, name="acquirer.example", send_issuer=True).chain


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(PEM)), st.binary(max_size=8), st.integers(0, 80)), max_size=4))
def test_a_damaged_file_is_read_or_refused(edits: list[tuple[int, bytes, int]]) -> None:
    """Certificates or a ValueError, nothing else; DER as well."""
    content = PEM
    for at, put, dropped in edits:
        content = content[:at] + put + content[at + dropped :]
    for each in (content, content[40:], b"\x30" + content[40:]):
        with contextlib.suppress(ValueError):
            assert all(found.name.isprintable() for found in read_file(each))


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(DER)), st.binary(max_size=4), st.integers(0, 4)), max_size=5))
def test_damaged_der_is_read_or_refused(edits: list[tuple[int, bytes, int]]) -> None:
    """Changed, longer, shorter."""
    content = DER
    for at, put, dropped in edits:
        content = content[:at] + put + content[at + dropped :]
    with contextlib.suppress(ValueError):
        found = read_certificate(content)
        assert (found.begins, found.ends, found.ends_at) > ("", "", "")
