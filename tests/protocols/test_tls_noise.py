"""Damaged handshakes, absurd certificates, floods: each a verdict in time, never an exception, never OK."""

from __future__ import annotations

import itertools
import socket
import ssl
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.certificates import _spans
from protocols.tls import Handshake, Verdict, secure, trusting
from protocols.tls_stream import Stream
from simulators.certificates import Certificate, CertificateFolder, authority, leaf
from simulators.https_host import HttpsHost
from tests.protocols.test_certificates import element
from tests.protocols.test_tls import serving, shake

ROOT = authority("Test Authority")
BETWEEN = authority("Authority In Between", signed_by=ROOT)
EDIT = st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4), st.integers(0, 4))


def flight(folder: Path, version: ssl.TLSVersion) -> bytes:
    """All that a real server sends at first, certificates included."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.maximum_version = version
    server.load_cert_chain(*leaf(BETWEEN, send_issuer=True).write(folder, "leaf"))
    theirs, ours = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ours, theirs, server_hostname="acquirer.test")
    host = server.wrap_bio(theirs, ours, server_side=True)
    for side in (client, host):
        with pytest.raises(ssl.SSLWantReadError):
            side.do_handshake()
    return ours.read()


@pytest.fixture(scope="module", params=["TLSv1_2", "TLSv1_3"])
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, str]:
    """A server's first flight, and the file of who vouches for it."""
    folder = tmp_path_factory.mktemp("noise")
    return flight(folder, ssl.TLSVersion[request.param]), str(ROOT.write(folder, "authority")[0])


def replay(content: bytes, ca_file: str, seconds: float = 3.0) -> Handshake:
    """What becomes of these bytes, with every further look getting the same."""
    ends: list[socket.socket] = []

    def connect() -> socket.socket:
        host, till = socket.socketpair()
        host.sendall(content)
        host.shutdown(socket.SHUT_WR)
        ends.append(host)
        return till

    try:
        return secure(
            Stream(connect(), time.monotonic() + seconds), "acquirer.test", trusting(ca_file), connect
        )
    finally:
        for end in ends:
            end.close()


@settings(max_examples=1500, deadline=None)
@given(st.lists(EDIT, min_size=1, max_size=4))
def test_a_damaged_handshake_has_a_verdict(
    recorded: tuple[bytes, str], edits: list[tuple[float, bytes, int]]
) -> None:
    """Bytes changed, put in, left out anywhere; the handshake is an old one, so it can never be good."""
    content, ca_file = recorded
    for where, put, dropped in edits:
        at = int(where * len(content))
        content = content[:at] + put + content[at + dropped :]
    found = replay(content, ca_file)

    assert found.verdict is not Verdict.OK
    assert all(len(each.subject) <= 128 for each in found.chain)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=300))
def test_noise_in_records_has_a_verdict(recorded: tuple[bytes, str], noise: bytes) -> None:
    """Of TLS by its first bytes, and of nothing."""
    for head in (
        b"",
        b"\x16\x03\x03" + len(noise).to_bytes(2, "big"),
        b"\x15\x03\x01\x00\x02",
        b"\x16\x01\x01",
    ):
        assert replay(head + noise, recorded[1]).verdict is not Verdict.OK


@pytest.mark.parametrize("level", [1, 2])
def test_every_alert_has_a_verdict(recorded: tuple[bytes, str], level: int) -> None:
    """All 256 numbers, warning and fatal; a fatal one is named."""
    for number in range(256):
        found = replay(b"\x15\x03\x03\x00\x02" + bytes([level, number]), recorded[1])
        assert found.verdict in {Verdict.ENDED_BY_ALERT, Verdict.CLOSED}
        assert found.alert in {number, None}
        assert found.alert == number or level == 1


@pytest.mark.parametrize(
    "piece",
    [
        b"\x16\x03\x03\x00\x04\x00\x00\x00\x00",  # HelloRequest, which a client may ignore for ever
        b"\x16\x03\x03\x40\x00" + bytes(0x4000),
        b"\x15\x03\x03\x00\x02\x01\x5a",  # warnings
        b"\x16\x03\x03\x00\x00",  # records of nothing
        b"\x14\x03\x03\x00\x01\x01",
    ],
    ids=["hello requests", "zeros", "warnings", "empty records", "change cipher spec"],
)
def test_a_flood_ends_at_the_deadline(certificates: CertificateFolder, piece: bytes) -> None:
    """However much comes, however fast."""

    def flood(connection: socket.socket) -> None:
        try:
            for _ in itertools.count():
                connection.sendall(piece * 200)
        except OSError:
            return

    started = time.monotonic()
    with serving(flood) as address:
        found = shake(address, certificates.authority_path, seconds=0.5)

    assert found.verdict in {Verdict.SILENT, Verdict.NOT_TLS, Verdict.ENDED_BY_ALERT, Verdict.CLOSED}
    assert time.monotonic() - started < 3


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> CertificateFolder:
    return CertificateFolder(tmp_path_factory.mktemp("certificates"))


def dated(begins: bytes, ends: bytes, folder: Path) -> tuple[Path, Path]:
    """A certificate with any two dates that its authority did sign."""
    good = leaf(ROOT)
    signed = good.certificate.tbs_certificate_bytes
    ((_, _, body, end),) = _spans(signed)
    parts = [signed[body:end][begin:stop] for _, begin, _, stop in _spans(signed[body:end])]
    parts[4] = element(0x30, *(element(0x17 if len(date) == 13 else 0x18, date) for date in (begins, ends)))
    tbs = element(0x30, *parts)
    signature = element(0x03, b"\0", ROOT.key.sign(tbs, ec.ECDSA(hashes.SHA256())))
    der = element(0x30, tbs, parts[2], signature)
    return Certificate(good.certificate, good.key, ssl.DER_cert_to_PEM_cert(der).encode()).write(
        folder, "dated"
    )


@pytest.mark.parametrize(
    ("begins", "ends", "verdict", "is_read"),
    [
        (b"20200101000000Z", b"99991231235959Z", Verdict.OK, True),  # RFC 5280: no date known
        (b"500101000000Z", b"510101000000Z", Verdict.EXPIRED, True),  # 1950
        (b"19000101000000Z", b"19690101000000Z", Verdict.EXPIRED, True),
        (b"00000101000000Z", b"20991231235959Z", Verdict.OK, False),  # the year 0: OpenSSL takes it
        (b"300101000000Z", b"200101000000Z", Verdict.NOT_YET_VALID, True),  # the end before the begin
        (b"200101000000Z", b"20300231000000Z", Verdict.UNSOUND, False),  # 31 February
        (b"200101000000Z", b"20300101000000.5Z", Verdict.UNSOUND, False),
        (b"200101000000Z", b"20300101000000+0800", Verdict.UNSOUND, False),
        (b"200101000000Z", b"203001010000Z", Verdict.UNSOUND, False),
        (b"", b"", Verdict.UNSOUND, False),
    ],
)
def test_absurd_dates(begins: bytes, ends: bytes, verdict: Verdict, is_read: bool, tmp_path: Path) -> None:
    """Of a certificate that is right in all else: read or not, and never good because of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*dated(begins, ends, tmp_path))
    with HttpsHost(tls=context) as host:
        found = shake(host.address, ROOT.write(tmp_path, "authority")[0])

    assert found.verdict is verdict
    assert (found.leaf is not None) is is_read


def test_a_chain_of_a_thousand(tmp_path: Path) -> None:
    """More than OpenSSL takes in."""
    own = leaf(BETWEEN, send_issuer=True)
    long = Certificate(own.certificate, own.key, own.chain + BETWEEN.chain * 1000)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*long.write(tmp_path, "long"))
    with HttpsHost(tls=context) as host:
        found = shake(host.address, ROOT.write(tmp_path, "authority")[0])

    assert (found.verdict, found.seen) == (Verdict.NOT_TLS, "damaged TLS")


def test_a_chain_of_a_hundred_is_read_in_part(tmp_path: Path) -> None:
    """It is trusted, for the first of them lead to the authority."""
    own = leaf(BETWEEN, send_issuer=True)
    long = Certificate(own.certificate, own.key, own.chain + BETWEEN.chain * 98)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*long.write(tmp_path, "long"))
    with HttpsHost(tls=context) as host:
        found = shake(host.address, ROOT.write(tmp_path, "authority")[0])
        unknown = shake(host.address, "")

    assert [each.subject for each in found.chain] == [
        "acquirer.test",
        "Authority In Between",
        "Test Authority",
    ]
    assert (unknown.verdict, len(unknown.chain)) == (Verdict.UNKNOWN_ISSUER, 2)
