"""Bytes over a connected socket with a deadline, in the clear or inside TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

_CHUNK: Final = 16384
_GOODBYE_SECONDS: Final = 0.2
_HANDSHAKE: Final = b"\x16"  # RFC 8446 section 5.1
# Names of OpenSSL's ssl/ssl_err.c: the alert of TLS 1.3, and the two that older hosts send in its place.
_NO_CERTIFICATE: Final = (
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "SSLV3_ALERT_BAD_CERTIFICATE",
)


class Stream:
    """Bytes over a connected socket, in the clear until `secure`; every wait ends at `deadline`, a moment of
    time.monotonic() that the owner may move.

    `wants_certificate`: the host broke off because we have shown none. With TLS 1.3 that comes after the
    handshake, in place of the first bytes.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.deadline = deadline
        self.first = b""
        self.wants_certificate = False
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
            try:
                self._drive(lambda: tls.write(content))
            except ConnectionError:
                self._hear_why()
                raise

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
            except ssl.SSLError as error:
                self.wants_certificate = self._has_turned_us_down(error)
                self._flush()  # our alert tells the other side's log why
                raise
            else:
                self._flush()
                return result

    def _hear_why(self) -> None:
        """What the host said before it hung up, where that has come."""
        with contextlib.suppress(OSError):
            self.receive()

    def _has_turned_us_down(self, error: ssl.SSLError) -> bool:
        return self.first[:1] == _HANDSHAKE and error.reason in _NO_CERTIFICATE

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
        self._acknowledge()
        received = self._socket.recv(_CHUNK)
        self.first = (self.first + received)[:16] if len(self.first) < 16 else self.first
        return received

    def _acknowledge(self) -> None:
        """Many hosts send tickets behind a TLS 1.3 handshake and keep their reply until they are acknowledged
        (Nagle), which would take 40 ms; tcp(7) wants it said before each wait.
        """
        with contextlib.suppress(OSError):  # another kind of socket
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
