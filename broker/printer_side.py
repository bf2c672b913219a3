"""The printer's end: a serial port, a /dev/usb/lp* device or TCP, opened again for as long as it takes."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
import termios
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from broker.keeper import Keeper
from broker.line import Line, write_line

_CONNECT_SECONDS = 1.0
_AGAIN_SECONDS = 1.0
_CHUNK = 512
_TROUBLES = {
    errno.EBUSY: "held",  # TIOCEXCL of another program, or usblp, which has one user at a time
    errno.EAGAIN: "held",  # another program's flock
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "refused",
}


class GoneError(Exception):
    """The printer's end went away while it was used."""


class PrinterSide:
    """`fileno` is -1 while there is no printer; `trouble` then says why in one word."""

    def __init__(self, keeper: Keeper, name: str, parity: int) -> None:
        self.trouble = "missing"
        self._keeper = keeper
        self._name = name
        self._address = _tcp_address(name)
        self._parity = parity
        self._line: Line | None = None
        self._next_try = 0.0
        self._descriptor = self._taken()
        self._is_serial = self._descriptor >= 0 and os.isatty(self._descriptor)

    def fileno(self) -> int:
        return self._descriptor

    def find(self, now: float) -> bool:
        """Open it where it is not and its next try is due; True where it came new."""
        if self._descriptor >= 0 or now < self._next_try:
            return False
        self._next_try = now + _AGAIN_SECONDS
        try:
            self._descriptor = self._connect(self._address) if self._address else self._open()
        except OSError as error:
            self.trouble = _TROUBLES.get(error.errno or 0, "missing")
            return False
        self._line = None
        self._is_serial = os.isatty(self._descriptor)
        self._keeper.keep("printer", self._descriptor)
        return True

    def lose(self) -> None:
        """It is unplugged or hung up: let go of it at once, or its name would not come back."""
        self.trouble = "missing"
        self._keeper.forget("printer")
        with suppress(OSError):
            os.close(self._descriptor)
        self._descriptor = -1

    def is_set_to(self, line: Line) -> bool:
        return self._line == line or not self._is_serial

    def set_to(self, line: Line) -> None:
        """Raise GoneError."""
        try:
            write_line(self._descriptor, line, self._parity)
        except termios.error as error:
            raise GoneError from error
        self._line = line

    @property
    def is_drained(self) -> bool:
        """Nothing written is still on this side of the wire; usblp cannot tell. Raise GoneError."""
        try:
            # SIOCOUTQ of a TCP socket is the same number.
            left = fcntl.ioctl(self._descriptor, termios.TIOCOUTQ, bytes(4))
        except OSError as error:
            if error.errno in (errno.ENOTTY, errno.EINVAL):
                return True
            raise GoneError from error
        return not any(struct.unpack("i", left))

    def heed_rts_cts(self, *, heed: bool) -> None:
        """A printer in trouble says BUSY, which would hold our question back. Raise GoneError."""
        if self._line is None or not self._line.has_rts_cts:
            return
        try:
            write_line(self._descriptor, self._line, self._parity, rts_cts=heed)
        except termios.error as error:
            raise GoneError from error

    def read(self) -> bytes:
        """What is there, at most 512 bytes; nothing where nothing is. Raise GoneError."""
        try:
            received = os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno == errno.EINVAL:
                return b""  # usblp, of a printer that cannot send
            raise GoneError from error
        if not received and (self._address or self._is_serial):
            raise GoneError
        return received

    def write(self, octets: bytes) -> int:
        """How many it took. Raise GoneError."""
        try:
            return os.write(self._descriptor, octets)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise GoneError from error

    def take_back(self) -> None:
        """Throw away what was written and has not left."""
        with suppress(OSError, termios.error):
            termios.tcflush(self._descriptor, termios.TCOFLUSH)

    def _taken(self) -> int:
        """The port of the run before, where the settings still name the same one; else -1."""
        kept = self._keeper.take("printer")
        if kept is None:
            return -1
        with suppress(OSError):
            if self._is_named(kept):
                return kept
        os.close(kept)
        self._keeper.forget("printer")
        return -1

    def _is_named(self, descriptor: int) -> bool:
        if self._address is None:
            return Path(self._name).stat().st_rdev == os.fstat(descriptor).st_rdev
        with socket.socket(fileno=os.dup(descriptor)) as connection:
            return bool(connection.getpeername() == self._address)

    def _open(self) -> int:
        """Ours alone: neither the POS nor a probe gets it by its own name. Raise OSError."""
        found = os.open(self._name, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.isatty(found):
                fcntl.ioctl(found, termios.TIOCEXCL)
        except OSError:
            os.close(found)
            raise
        return found

    def _connect(self, address: tuple[str, int]) -> int:
        """Raise OSError."""
        connection = socket.create_connection(address, _CONNECT_SECONDS)
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
        return connection.detach()


def _tcp_address(name: str) -> tuple[str, int] | None:
    """None for a device. Raise ValueError; a host's name would wait for a resolver."""
    if name.startswith("/"):
        return None
    url = urlsplit(name)
    if url.scheme != "socket" or url.hostname is None or url.port is None:
        raise ValueError(f"{name!r}: write a device or socket://ADDRESS:PORT")
    return str(ip_address(url.hostname)), url.port
