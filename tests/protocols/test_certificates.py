"""Leaf certificates read without the cryptography package, and compared with what that package reads."""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from protocols.certificates import MAX_BYTES, read_certificate
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


@pytest.mark.parametrize("cut", range(0, len(DER), 7))
def test_a_certificate_cut_short_is_refused(cut: int) -> None:
    """Every length, without an IndexError."""
    with pytest.raises(ValueError, match=r"."):
        read_certificate(DER[:cut])


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
