"""Handshakes with real servers on loopback: right, wrong in every way, and not TLS at all."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID

from protocols.tls import Handshake, Verdict, secure, trusting
from protocols.tls_stream import Stream
from simulators.certificates import Certificate, CertificateFolder, authority, leaf
from simulators.https_host import HttpsHost
from simulators.tlcp_host import REFUSALS, VERSION, TlcpHost

SERVER_HELLO = b"\x16\x01\x01\x00\x4a\x02\x00\x00\x46\x01\x01"  # as far as it is looked at

Serve = Callable[[socket.socket], object]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> CertificateFolder:
    return CertificateFolder(tmp_path_factory.mktemp("certificates"))


@contextmanager
def serving(serve: Serve) -> Iterator[tuple[str, int]]:
    """A raw listener; `serve` has each connection until the client closes it."""

    def run(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run, args=(listener,))
        thread.start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def shake(
    address: tuple[str, int], ca_file: Path | str, name: str = "acquirer.test", seconds: float = 5.0
) -> Handshake:
    def connect() -> socket.socket:
        return socket.create_connection(address, 5)

    stream = Stream(connect(), time.monotonic() + seconds)
    try:
        return secure(stream, name, trusting(str(ca_file)), connect)
    finally:
        stream.close()


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("valid", Verdict.OK),
        ("expired", Verdict.EXPIRED),
        ("not-yet-valid", Verdict.NOT_YET_VALID),
        ("wrong-name", Verdict.WRONG_NAME),
        ("unknown-issuer", Verdict.UNKNOWN_ISSUER),
        ("intercepted", Verdict.SELF_SIGNED_IN_CHAIN),
        ("self-signed", Verdict.SELF_SIGNED),
        ("soon-to-expire", Verdict.OK),
        ("chained", Verdict.OK),
        ("intermediate-expired", Verdict.EXPIRED),
        ("intermediate-left-out", Verdict.UNKNOWN_ISSUER),
    ],
)
def test_every_certificate_has_its_verdict_and_is_read(
    certificates: CertificateFolder, kind: str, verdict: Verdict
) -> None:
    """The leaf is there also where it was refused, with its dates."""
    with HttpsHost(tls=certificates.server_context(kind)) as host:
        found = shake(host.address, certificates.authority_path)

    assert found.verdict is verdict
    assert found.leaf is not None
    assert found.protocol in {"TLSv1.2", "TLSv1.3"}
    assert found.leaf.subject == ("other.example" if kind == "wrong-name" else "acquirer.test")


@pytest.mark.parametrize(
    ("kind", "chain"),
    [
        ("valid", ["acquirer.test", "Simulated Payment Authority"]),
        ("chained", ["acquirer.test", "Authority In Between", "Simulated Payment Authority"]),
        ("intermediate-expired", ["acquirer.test", "Authority In Between"]),
        ("intermediate-left-out", ["acquirer.test"]),
        ("intercepted", ["acquirer.test", "Store Firewall Inspection"]),
        ("self-signed", ["acquirer.test"]),
    ],
)
def test_who_signed_whom(certificates: CertificateFolder, kind: str, chain: list[str]) -> None:
    """Up to the authority that is trusted, else up to the last one shown."""
    with HttpsHost(tls=certificates.server_context(kind)) as host:
        found = shake(host.address, certificates.authority_path)

    assert [each.subject for each in found.chain] == chain


@pytest.mark.parametrize("newest", ["TLSv1_2", "TLSv1_3"])
def test_a_host_that_wants_our_certificate(certificates: CertificateFolder, newest: str) -> None:
    """It says so in the handshake, or in place of its first answer."""
    context = certificates.server_context(wants_certificate=True)
    context.maximum_version = ssl.TLSVersion[newest]
    with HttpsHost(tls=context) as host:
        stream = Stream(socket.create_connection(host.address, 5), time.monotonic() + 5)
        connect = lambda: socket.create_connection(host.address, 5)  # noqa: E731
        found = secure(stream, "localhost", trusting(str(certificates.authority_path)), connect)
        if found.verdict is Verdict.OK:
            with pytest.raises(ssl.SSLError):
                stream.receive()
        stream.close()

    assert stream.wants_certificate
    assert found.verdict is (Verdict.OK if newest == "TLSv1_3" else Verdict.WANTS_CERTIFICATE)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_tlcp_is_not_a_broken_tls(certificates: CertificateFolder, refusal: str) -> None:
    """However the host turns our hello down, it answers one of its own kind."""
    with TlcpHost() as host:
        host.refusal = refusal
        found = shake(host.address, certificates.authority_path)

    assert found == Handshake(verdict=Verdict.TLCP)
    assert host.connections <= 3


def test_a_tlcp_hello_in_pieces(certificates: CertificateFolder) -> None:
    """TCP keeps no message borders."""

    def serve(connection: socket.socket) -> None:
        if connection.recv(4096)[1:3] == VERSION:
            for byte in SERVER_HELLO:
                connection.sendall(bytes([byte]))
                time.sleep(0.002)
        else:
            connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")

    with serving(serve) as address:
        assert shake(address, certificates.authority_path).verdict is Verdict.TLCP


def test_a_tlcp_host_without_a_common_suite(certificates: CertificateFolder) -> None:
    """Its alert is in a record of its own, which is enough."""
    with TlcpHost(suite=0xE001) as host:  # SM1, of GM/T 0024-2014
        host.refusal = "tls-alert"
        assert shake(host.address, certificates.authority_path).verdict is Verdict.TLCP


def test_an_address_is_a_name_too(certificates: CertificateFolder) -> None:
    """Lines set up by number are checked against the certificate's addresses."""
    with HttpsHost(tls=certificates.server_context("valid")) as host:
        assert shake(host.address, certificates.authority_path, "127.0.0.1").verdict is Verdict.OK
        assert shake(host.address, certificates.authority_path, "127.0.0.2").verdict is Verdict.WRONG_NAME


def test_a_private_authority_replaces_the_systems(certificates: CertificateFolder) -> None:
    """The system's own do not know the test's."""
    with HttpsHost(tls=certificates.server_context("valid")) as host:
        found = shake(host.address, "")

    assert found.verdict is Verdict.UNKNOWN_ISSUER


def test_a_missing_intermediate_is_told_from_an_unknown_issuer(
    certificates: CertificateFolder, tmp_path: Path
) -> None:
    """A leaf that came alone and says where its issuer is published: the host forgot the one in between."""
    context = certificates.server_context("valid")
    context.load_cert_chain(*_leaf_of_an_intermediate(certificates, tmp_path))
    with HttpsHost(tls=context) as host:
        found = shake(host.address, certificates.authority_path)

    assert found.verdict is Verdict.MISSING_INTERMEDIATE


def _leaf_of_an_intermediate(certificates: CertificateFolder, folder: Path) -> tuple[Path, Path]:
    intermediate = authority("In Between")
    alone = leaf(intermediate)
    old = alone.certificate
    published = x509.AccessDescription(
        AuthorityInformationAccessOID.CA_ISSUERS,
        x509.UniformResourceIdentifier("http://ca.example/between.crt"),
    )
    builder = x509.CertificateBuilder(
        issuer_name=old.issuer,
        subject_name=old.subject,
        public_key=old.public_key(),
        serial_number=old.serial_number,
        not_valid_before=old.not_valid_before_utc,
        not_valid_after=old.not_valid_after_utc,
    ).add_extension(x509.AuthorityInformationAccess([published]), critical=False)
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    made = builder.sign(intermediate.key, hashes.SHA256())
    return Certificate(made, alone.key, made.public_bytes(Encoding.PEM)).write(folder, "alone")


def test_an_old_protocol_is_named(certificates: CertificateFolder) -> None:
    """OpenSSL gives no reason for it; a second look without demands does."""
    with HttpsHost(tls=certificates.server_context("valid", old_tls=True)) as host:
        found = shake(host.address, certificates.authority_path)

    assert (found.verdict, found.protocol) == (Verdict.OLD_PROTOCOL, "TLSv1.1")


def _answer(content: bytes) -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(content)
        connection.recv(4096)

    return serve


@pytest.mark.parametrize(
    ("content", "verdict", "seen"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n<html>", Verdict.NOT_TLS, "a web page"),
        (b"<html><body>Please log in", Verdict.NOT_TLS, "a web page"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Verdict.NOT_TLS, "another service"),
        (b"\x00\x2e\x08\x10\xa0\x20\x00\x00", Verdict.NOT_TLS, "bytes of another kind"),
        (b"\xff" * 64, Verdict.NOT_TLS, "bytes of another kind"),
        (b"\x16\x03\x03\x00\x04\x02\xff\xff\xff" + b"\xff" * 32, Verdict.NOT_TLS, "damaged TLS"),
        (b"\x15\x03\x03\x00\x02\x02\x28", Verdict.ENDED_BY_ALERT, ""),  # handshake_failure
    ],
)
def test_what_is_not_tls_is_said_to_be_so(
    certificates: CertificateFolder, content: bytes, verdict: Verdict, seen: str
) -> None:
    """A login page, another service, an ISO 8583 host without TLS, noise, and a server that breaks off."""
    with serving(_answer(content)) as address:
        found = shake(address, certificates.authority_path)

    assert (found.verdict, found.seen, found.leaf) == (verdict, seen, None)


def test_silence_ends_at_the_deadline(certificates: CertificateFolder) -> None:
    """A host that takes the connection and says nothing."""
    started = time.monotonic()
    with serving(lambda connection: connection.recv(1 << 16) and connection.recv(1)) as address:
        found = shake(address, certificates.authority_path, seconds=0.3)

    assert found.verdict is Verdict.SILENT
    assert time.monotonic() - started < 3


def test_an_endless_drip_ends_at_the_deadline(certificates: CertificateFolder) -> None:
    """Each byte comes in time, the handshake never: the deadline is for the whole."""

    def drip(connection: socket.socket) -> None:
        try:
            connection.sendall(b"\x16\x03\x03\x40\x00")
            while True:
                connection.sendall(b"\x02")
                time.sleep(0.02)
        except OSError:
            return

    started = time.monotonic()
    with serving(drip) as address:
        found = shake(address, certificates.authority_path, seconds=0.4)

    assert found.verdict in {Verdict.SILENT, Verdict.NOT_TLS}
    assert time.monotonic() - started < 3


def test_a_host_that_hangs_up(certificates: CertificateFolder) -> None:
    """At once, or after our hello."""
    for serve in (lambda _: None, lambda connection: connection.recv(4096)):
        with serving(serve) as address:
            assert shake(address, certificates.authority_path).verdict is Verdict.CLOSED


def test_bytes_travel_inside(certificates: CertificateFolder) -> None:
    """The stream is usable after the handshake, and its end is an end, not an error."""
    with HttpsHost(tls=certificates.server_context("valid")) as host:
        stream = Stream(socket.create_connection(host.address, 5), time.monotonic() + 5)
        connect = lambda: socket.create_connection(host.address, 5)  # noqa: E731
        assert (
            secure(stream, "localhost", trusting(str(certificates.authority_path)), connect).verdict == "ok"
        )
        stream.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        received = b""
        while piece := stream.receive():
            received += piece
        stream.close()

    assert received.startswith(b"HTTP/1.1 200 ")
    assert received.endswith(b'{"return_code":"SUCCESS"}')


@pytest.mark.parametrize("who", ["client", "server"])
def test_both_sides_say_goodbye(certificates: CertificateFolder, who: str) -> None:
    """Our close is a close_notify to the server's eyes, and the server's is an end to ours, not an error."""
    context = certificates.server_context("valid")
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    ends: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False) as inside:
            if who == "server":
                inside.settimeout(0.2)
                with contextlib.suppress(OSError):
                    inside.unwrap()
            else:
                ends.append(inside.recv(1))  # raises ssl.SSLEOFError where the client just goes

    with serving(serve) as address:
        stream = Stream(socket.create_connection(address, 5), time.monotonic() + 5)
        stream.secure(trusting(str(certificates.authority_path)), "localhost")
        if who == "server":
            ends.append(stream.receive())
        stream.close()

    assert ends == [b""]
