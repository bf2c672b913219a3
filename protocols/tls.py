"""A TLS handshake, and what it found as data."""

from __future__ import annotations

import _ssl
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import Any, Final

from msgspec import Struct

from protocols import tlcp
from protocols.certificates import Certificate, linked, read_certificate
from protocols.tls_stream import Stream

_ALERT: Final = 21  # content types 20 to 23: RFC 8446 section 5.1
_LONGEST_CHAIN: Final = 10  # real ones are 2 to 4; OpenSSL itself refuses a message above 100 KiB
_NO_CHECK_TIME: Final = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, include/openssl/x509_vfy.h
_LEGACY_SERVER_CONNECT: Final = 0x4  # SSL_OP_LEGACY_SERVER_CONNECT, named in Python from 3.12 on


class Verdict(StrEnum):
    """Of issuer, name and dates only the first fault is known: OpenSSL checks in that order and stops."""

    OK = "ok"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    WRONG_NAME = "wrong-name"
    UNKNOWN_ISSUER = "unknown-issuer"
    SELF_SIGNED = "self-signed"
    SELF_SIGNED_IN_CHAIN = "self-signed-in-chain"
    MISSING_INTERMEDIATE = "missing-intermediate"
    UNSOUND = "unsound"
    OLD_PROTOCOL = "old-protocol"
    WANTS_CERTIFICATE = "wants-certificate"
    TLCP = "tlcp"
    NOT_TLS = "not-tls"
    SILENT = "silent"
    CLOSED = "closed"
    ENDED_BY_ALERT = "ended-by-alert"


# X509_V_ERR_ numbers: include/openssl/x509_vfy.h. 66 to 68: key or digest too weak for security level 2.
# All others: signature, dates, purpose, length of the chain, extensions are not as they must be.
_BY_CODE: Final = {
    **dict.fromkeys((2, 20, 21, 27, 28), Verdict.UNKNOWN_ISSUER),
    9: Verdict.NOT_YET_VALID,
    10: Verdict.EXPIRED,
    18: Verdict.SELF_SIGNED,
    19: Verdict.SELF_SIGNED_IN_CHAIN,
    62: Verdict.WRONG_NAME,
    64: Verdict.WRONG_NAME,
    66: Verdict.OLD_PROTOCOL,
    67: Verdict.OLD_PROTOCOL,
    68: Verdict.OLD_PROTOCOL,
}


class Handshake(Struct, frozen=True, kw_only=True):
    """`protocol` such as "TLSv1.3", "" where none was agreed. `seen` is a fixed phrase for what came instead
    of TLS, `alert` the number the host broke off with (RFC 8446 section 6).

    `chain`: the host's certificate, who signed it, and so on, also where they are not trusted. Where they are
    it ends with the authority this till trusts, else with the last one that the host shows.
    """

    verdict: Verdict
    protocol: str = ""
    chain: tuple[Certificate, ...] = ()
    seen: str = ""
    alert: int | None = None

    @property
    def leaf(self) -> Certificate | None:
        return self.chain[0] if self.chain else None


@cache
def trusting(ca_file: str = "") -> ssl.SSLContext:
    """The system's authorities, or only those of `ca_file`; TLS 1.2 and later. Raise OSError.

    The system's cost 25 ms and 2.4 MB: who forks for every probe calls this before the fork.
    """
    return ssl.create_default_context(cafile=ca_file or None)


@cache
def timeless(ca_file: str = "") -> ssl.SSLContext:
    """The same, except that dates do not count: a host is told from others also where our clock is wrong."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.verify_flags |= _NO_CHECK_TIME
    return context


@cache
def _trusting_anybody() -> ssl.SSLContext:
    """To look at what is there, however old; nothing is ever sent through it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED  # /etc/ssl/openssl.cnf may say otherwise
    context.options |= _LEGACY_SERVER_CONNECT
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def secure(
    stream: Stream, server_name: str, context: ssl.SSLContext, again: Callable[[], socket.socket]
) -> Handshake:
    """Shake hands over `stream`, which is closed where the verdict is not OK.

    What was refused is looked at over one more connection from `again`, or two; it may raise OSError.
    """
    deadline = stream.deadline

    def another() -> Stream:
        return Stream(again(), deadline)

    try:
        tls = stream.secure(context, server_name)
    except ssl.SSLCertVerificationError as error:
        stream.close()
        verdict = _BY_CODE.get(error.verify_code, Verdict.UNSOUND)
        return _second_look(Handshake(verdict=verdict), server_name, another)
    except OSError as error:
        stream.close()
        if stream.wants_certificate:
            return Handshake(verdict=Verdict.WANTS_CERTIFICATE)
        return _explained(_without_handshake(stream.first, error), server_name, another)
    return Handshake(verdict=Verdict.OK, protocol=tls.version() or "", chain=_chain(tls))


def _without_handshake(first: bytes, error: OSError) -> Handshake:
    """What to call a handshake that never came to a certificate. TLS records begin with 20 to 23, 3."""
    if tlcp.is_spoken(first):
        return Handshake(verdict=Verdict.TLCP)
    if first and not (20 <= first[0] <= 23 and first[1:2] in (b"", b"\3")):
        return Handshake(verdict=Verdict.NOT_TLS, seen=_resembles(first))
    if isinstance(error, TimeoutError):
        return Handshake(verdict=Verdict.SILENT)
    if not first or isinstance(error, ssl.SSLEOFError | ConnectionError):
        return Handshake(verdict=Verdict.CLOSED)
    reason = getattr(error, "reason", None) or "UNSUPPORTED_PROTOCOL"
    if first[0] == _ALERT or reason == "UNSUPPORTED_PROTOCOL" or "_ALERT_" in reason:
        number = first[6] if first[0] == _ALERT and len(first) > 6 else None
        return Handshake(verdict=Verdict.ENDED_BY_ALERT, alert=number)
    return Handshake(verdict=Verdict.NOT_TLS, seen="damaged TLS")


def _explained(failed: Handshake, server_name: str, another: Callable[[], Stream]) -> Handshake:
    """Why the host broke off: what it speaks is older than we accept, or China's own."""
    if failed.verdict is Verdict.ENDED_BY_ALERT:
        failed = _second_look(failed, server_name, another)
    if failed.verdict in (Verdict.ENDED_BY_ALERT, Verdict.CLOSED) and _speaks_tlcp(another):
        return Handshake(verdict=Verdict.TLCP)
    return failed


def _second_look(failed: Handshake, server_name: str, another: Callable[[], Stream]) -> Handshake:
    """The same with what the host shows to whoever asks for nothing; as it was where it shows nothing."""
    try:
        stream = another()
    except OSError:
        return failed
    try:
        tls = stream.secure(_trusting_anybody(), server_name)
    except OSError:
        return failed
    finally:
        stream.close()
    chain = _chain(tls, trusted=False)
    verdict = failed.verdict
    if verdict is Verdict.ENDED_BY_ALERT:
        verdict = Verdict.OLD_PROTOCOL
    elif verdict is Verdict.UNKNOWN_ISSUER and len(chain) == 1 and chain[0].names_its_issuer:
        verdict = Verdict.MISSING_INTERMEDIATE
    return Handshake(verdict=verdict, protocol=tls.version() or "", chain=chain)


def _speaks_tlcp(another: Callable[[], Stream]) -> bool:
    try:
        stream = another()
    except OSError:
        return False
    received = b""
    try:
        stream.send(tlcp.client_hello())
        while not tlcp.is_enough(received) and (piece := stream.receive()):
            received += piece
    except OSError:
        pass
    finally:
        stream.close()
    return tlcp.is_spoken(received)


def _chain(tls: ssl.SSLObject, *, trusted: bool = True) -> tuple[Certificate, ...]:
    """In the order of who signed whom."""
    return linked(tuple(_read(islice(_shown(tls, trusted=trusted), _LONGEST_CHAIN))))


def _read(ders: Iterable[bytes]) -> Iterator[Certificate]:
    """Up to the first that cannot be read."""
    for der in ders:
        try:
            yield read_certificate(der)
        except ValueError:
            return


def _shown(tls: ssl.SSLObject, *, trusted: bool) -> Iterable[bytes]:
    """Before Python 3.13 only the object inside knows."""
    inner: Any = getattr(tls, "_sslobj", tls)
    found = inner.get_verified_chain() if trusted else inner.get_unverified_chain()
    return (each if isinstance(each, bytes) else each.public_bytes(_ssl.ENCODING_DER) for each in found or ())


def _resembles(first: bytes) -> str:
    start = first.lstrip().lower()
    if start.startswith((b"http/", b"<")):
        return "a web page"
    return "another service" if first.isascii() else "bytes of another kind"
