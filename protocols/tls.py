"""A TLS handshake over a connected socket, with a deadline, and what it found as data."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeVar

from msgspec import Struct

from protocols.certificates import Leaf, read_leaf

T = TypeVar("T")

_CHUNK: Final = 16384
_GOODBYE_SECONDS: Final = 0.2
_ALERT: Final = 21  # content types 20 to 23: RFC 8446 section 5.1
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
    OLD_PROTOCOL = "old-protocol"
    NOT_TLS = "not-tls"
    SILENT = "silent"
    CLOSED = "closed"
    ENDED_BY_ALERT = "ended-by-alert"


# X509_V_ERR_ numbers: include/openssl/x509_vfy.h. 66 to 68: key or digest too weak for security level 2.
_BY_CODE: Final = {
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
    """`protocol` such as "TLSv1.3", "" where none was agreed; `leaf` also where it was not trusted.

    `seen` is a fixed phrase for what came instead of TLS.
    """

    verdict: Verdict
    protocol: str = ""
    leaf: Leaf | None = None
    seen: str = ""


class Stream:
    """Bytes over a connected socket, in the clear until `secure`; every wait ends at `deadline`, a moment of
    time.monotonic() that the owner may move.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.deadline = deadline
        self.first = b""
        self._socket = sock
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None

    def secure(self, context: ssl.SSLContext, server_name: str) -> ssl.SSLObject:
        """Raise OSError: ssl.SSLError and TimeoutError are such."""
        tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name or None)
        self._drive(tls.do_handshake)
        self._tls = tls
        return tls

    def send(self, content: bytes) -> None:
        """Raise OSError (TimeoutError is one)."""
        tls = self._tls
        if tls is None:
            self._send(content)
        else:
            self._drive(lambda: tls.write(content))

    def receive(self) -> bytes:
        """At most 16 KiB; b"" where the other side has closed. Raise OSError (TimeoutError is one)."""
        tls = self._tls
        if tls is None:
            return self._receive()
        return self._drive(lambda: tls.read(_CHUNK))

    def close(self) -> None:
        """Say goodbye as TLS and TCP want it, wait for nobody, never raise."""
        self.deadline = time.monotonic() + _GOODBYE_SECONDS
        try:
            if self._tls is not None:
                self._say_goodbye(self._tls)
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        finally:
            self._socket.close()

    def _say_goodbye(self, tls: ssl.SSLObject) -> None:
        try:
            tls.unwrap()
        except ssl.SSLError:  # SSLWantReadError: their goodbye is not waited for
            self._flush()

    def _drive(self, step: Callable[[], T]) -> T:
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
                self._feed()
            except ssl.SSLError:
                self._flush()  # our alert tells the other side's log why
                raise
            else:
                self._flush()
                return result

    def _feed(self) -> None:
        received = self._receive()
        if received:
            self._incoming.write(received)
        else:
            self._incoming.write_eof()

    def _flush(self) -> None:
        if waiting := self._outgoing.read():
            self._send(waiting)

    def _send(self, content: bytes) -> None:
        self._socket.settimeout(self._left())
        self._socket.sendall(content)

    def _receive(self) -> bytes:
        self._socket.settimeout(self._left())
        received = self._socket.recv(_CHUNK)
        self.first = (self.first + received)[:16] if len(self.first) < 16 else self.first
        return received

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@cache
def trusting(ca_file: str = "") -> ssl.SSLContext:
    """The system's authorities, or only those of `ca_file`; TLS 1.2 and later. Raise OSError.

    The system's cost 25 ms and 2.4 MB: who forks for every probe calls this before the fork.
    """
    return ssl.create_default_context(cafile=ca_file or None)


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

    A refused certificate is read over one more connection from `again`, which may raise OSError.
    """
    deadline = stream.deadline
    try:
        tls = stream.secure(context, server_name)
    except ssl.SSLCertVerificationError as error:
        stream.close()
        verdict = _BY_CODE.get(error.verify_code, Verdict.UNKNOWN_ISSUER)
        return _second_look(verdict, deadline, server_name, again)
    except OSError as error:
        stream.close()
        failed = _without_handshake(stream.first, error)
        if failed.verdict is not Verdict.ENDED_BY_ALERT:
            return failed
        return _second_look(failed.verdict, deadline, server_name, again)
    return Handshake(verdict=Verdict.OK, protocol=tls.version() or "", leaf=_leaf(tls))


def _without_handshake(first: bytes, error: OSError) -> Handshake:
    """What to call a handshake that never came to a certificate. TLS records begin with 20 to 23, 3."""
    if first and not (20 <= first[0] <= 23 and first[1:2] in (b"", b"\3")):
        return Handshake(verdict=Verdict.NOT_TLS, seen=_resembles(first))
    if isinstance(error, TimeoutError):
        return Handshake(verdict=Verdict.SILENT)
    if not first or isinstance(error, ssl.SSLEOFError | ConnectionError):
        return Handshake(verdict=Verdict.CLOSED)
    if first[0] == _ALERT or getattr(error, "reason", None) in (None, "UNSUPPORTED_PROTOCOL"):
        return Handshake(verdict=Verdict.ENDED_BY_ALERT)
    return Handshake(verdict=Verdict.NOT_TLS, seen="damaged TLS")


def _second_look(
    verdict: Verdict, deadline: float, server_name: str, again: Callable[[], socket.socket]
) -> Handshake:
    try:
        stream = Stream(again(), deadline)
    except OSError:
        return Handshake(verdict=verdict)
    try:
        tls = stream.secure(_trusting_anybody(), server_name)
    except OSError:
        return Handshake(verdict=verdict)
    finally:
        stream.close()
    leaf = _leaf(tls)
    if verdict is Verdict.ENDED_BY_ALERT:
        verdict = Verdict.OLD_PROTOCOL
    elif (
        verdict is Verdict.UNKNOWN_ISSUER and _came_alone(tls) and leaf is not None and leaf.names_its_issuer
    ):
        verdict = Verdict.MISSING_INTERMEDIATE
    return Handshake(verdict=verdict, protocol=tls.version() or "", leaf=leaf)


def _leaf(tls: ssl.SSLObject) -> Leaf | None:
    try:
        return read_leaf(tls.getpeercert(binary_form=True) or b"")
    except ValueError:
        return None


def _came_alone(tls: ssl.SSLObject) -> bool:
    """The server sent no certificate but its own. Before Python 3.13 only the object inside knows."""
    inner: Any = getattr(tls, "_sslobj", tls)
    return len(inner.get_unverified_chain() or ()) == 1


def _resembles(first: bytes) -> str:
    start = first.lstrip().lower()
    if start.startswith((b"http/", b"<")):
        return "a web page"
    return "another service" if first.isascii() else "bytes of another kind"
