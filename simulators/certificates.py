"""A test authority and the certificates an acquirer's host may show: right, expired, wrong in every way."""

import datetime as dt
import ipaddress
import ssl
import warnings
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOST_NAME = "acquirer.test"
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Certificate:
    """A certificate with its private key; `chain` is what a server sends, leaf first, as PEM."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    chain: bytes

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """`name.pem` and `name.key` in `folder`."""
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_bytes(self.chain)
        key.write_bytes(
            self.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        )
        return certificate, key


def authority(name: str, *, signed_by: Certificate | None = None, valid_to_days: float = 3650) -> Certificate:
    """A root, or with `signed_by` an authority in between; days count from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = _now()
    issuer_name = _common_name(signed_by) if signed_by else name
    builder = (
        _builder(issuer_name, name, key.public_key(), now - 400 * _DAY, now + valid_to_days * _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0 if signed_by else 1), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    certificate = builder.sign(signed_by.key if signed_by else key, hashes.SHA256())
    return Certificate(certificate, key, certificate.public_bytes(Encoding.PEM))


def leaf(
    issuer: Certificate,
    *,
    name: str = HOST_NAME,
    address: str | None = "127.0.0.1",
    valid_from_days: float = -1,
    valid_to_days: float = 365,
    send_issuer: bool = False,
) -> Certificate:
    """A server certificate for `name`, `localhost` and `address`; days count from now.

    `send_issuer` puts the issuer into the chain; a root there is what an intercepting box shows (OpenSSL
    verify code 19 instead of 20 at a client that does not know it).
    """
    key = ec.generate_private_key(ec.SECP256R1())
    now = _now()
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if address is not None:
        names += [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address(address))]
    builder = (
        _builder(
            _common_name(issuer),
            name,
            key.public_key(),
            now + valid_from_days * _DAY,
            now + valid_to_days * _DAY,
        )
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
        )
    )
    certificate = builder.sign(issuer.key, hashes.SHA256())
    chain = certificate.public_bytes(Encoding.PEM) + (issuer.chain if send_issuer else b"")
    return Certificate(certificate, key, chain)


def _builder(
    issuer: str,
    subject: str,
    key: ec.EllipticCurvePublicKey,
    valid_from: dt.datetime,
    valid_to: dt.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(_name(issuer))
        .subject_name(_name(subject))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_to)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _common_name(certificate: Certificate) -> str:
    return str(certificate.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


class CertificateFolder:
    """Files for tests: `authority.pem` to trust, and one server certificate for each of `KINDS`.

    `authorities.pem` trusts the box that intercepts too, as a till does that the store's network looks after.
    """

    KINDS = (
        "valid",
        "expired",
        "not-yet-valid",
        "wrong-name",
        "unknown-issuer",
        "intercepted",
        "self-signed",
        "soon-to-expire",
        "chained",
        "intermediate-expired",
        "intermediate-ends-tomorrow",
        "intermediate-left-out",
    )

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = authority("Simulated Payment Authority")
        self._stranger = authority("Store Firewall Inspection")
        self._root.write(folder, "authority")
        self.authorities_path.write_bytes(self._root.chain + self._stranger.chain)

    @property
    def authority_path(self) -> Path:
        return self._folder / "authority.pem"

    @property
    def authorities_path(self) -> Path:
        return self._folder / "authorities.pem"

    def make(self, kind: str) -> tuple[Path, Path]:
        """Certificate and key file; "soon-to-expire" has five days left. KeyError for another kind."""
        return self._leaf(kind).write(self._folder, kind)

    def _leaf(self, kind: str) -> Certificate:
        root, stranger = self._root, self._stranger
        makers = {
            "valid": lambda: leaf(root),
            "expired": lambda: leaf(root, valid_from_days=-400, valid_to_days=-3),
            "not-yet-valid": lambda: leaf(root, valid_from_days=30, valid_to_days=395),
            "wrong-name": lambda: leaf(root, name="other.example", address=None),
            "unknown-issuer": lambda: leaf(stranger),
            "intercepted": lambda: leaf(stranger, send_issuer=True),
            "self-signed": lambda: authority(HOST_NAME),
            "soon-to-expire": lambda: leaf(root, valid_from_days=-360, valid_to_days=5.5),
            "chained": lambda: leaf(self._between(), send_issuer=True),
            "intermediate-expired": lambda: leaf(self._between(-3), send_issuer=True),
            "intermediate-ends-tomorrow": lambda: leaf(self._between(1.5), send_issuer=True),
            "intermediate-left-out": lambda: leaf(self._between()),
        }
        return makers[kind]()

    def _between(self, valid_to_days: float = 1000) -> Certificate:
        return authority("Authority In Between", signed_by=self._root, valid_to_days=valid_to_days)

    def server_context(
        self, kind: str = "valid", *, old_tls: bool = False, wants_certificate: bool = False
    ) -> ssl.SSLContext:
        """A server's context; `old_tls` offers nothing newer than TLS 1.1, as hosts of 2010 do.

        `wants_certificate`: only clients with a certificate of the authority's get in.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.make(kind))
        if wants_certificate:
            context.load_verify_locations(self.authority_path)
            context.verify_mode = ssl.CERT_REQUIRED
        if old_tls:
            context.set_ciphers("ALL:@SECLEVEL=0")  # TLS 1.1 signs with SHA-1, which level 1 and up refuse
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = ssl.TLSVersion.TLSv1_1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context
