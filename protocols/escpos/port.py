"""Bytes to and from a printer through one file descriptor, never longer than a deadline."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import struct
import termios
import time
from typing import Final, Literal

_CHUNK = 512  # a printer's answer is at most 82 bytes; more is a fault, read in pieces

_EMPTY_READS = 3  # two by chance is already rare

Parity = Literal["none", "even", "odd"]
FlowControl = Literal["none", "xonxoff", "rtscts"]

_LINES: Final = {"CTS": termios.TIOCM_CTS, "DSR": termios.TIOCM_DSR, "CD": termios.TIOCM_CD}


class Port:
    """Over the non-blocking descriptor of a serial port, a /dev/usb/lp* device or a connected socket.

    Deadlines are of time.monotonic(), in seconds. `written` is the journal of every byte sent.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._empty_reads = 0
        self.written = bytearray()

    def write(self, payload: bytes, deadline: float) -> None:
        """Raise TimeoutError where the other end takes no more, OSError where it is gone."""
        rest = payload
        while rest:
            _, writable, _ = select.select([], [self.descriptor], [], _left(deadline))
            if not writable:
                raise TimeoutError(errno.ETIMEDOUT, "the printer takes no more bytes")
            sent = self._put(rest)
            self.written += rest[:sent]
            rest = rest[sent:]

    def read(self, deadline: float) -> bytes:
        """What is there, as soon as something is; empty at the deadline. Raise OSError where the end is gone.

        A descriptor that goes on being readable and empty is a device unplugged or a connection closed. One
        that was so for a moment has another reader, who got our byte: `shared` says so from then on.
        """
        for _ in range(_EMPTY_READS):
            readable, _, _ = select.select([self.descriptor], [], [], _left(deadline))
            if not readable:
                return b""
            received = self._take()
            if received:
                return received
            self._empty_reads += 1
        raise OSError(errno.EIO, "the printer's end is gone")

    def obey(self, flow_control: FlowControl, deadline: float) -> None:  # noqa: ARG002  not over a network
        """Hold bytes back when the printer says so; only a terminal has such a setting. Raise OSError."""
        if not os.isatty(self.descriptor):
            return
        with contextlib.suppress(termios.error):
            settings = termios.tcgetattr(self.descriptor)
            settings[0] = _switched(settings[0], termios.IXON, on=flow_control == "xonxoff")
            settings[2] = _switched(settings[2], termios.CRTSCTS, on=flow_control == "rtscts")
            termios.tcsetattr(self.descriptor, termios.TCSANOW, settings)

    def lines_up(self) -> tuple[str, ...] | None:
        """Which of CTS, DSR and CD the other end holds up; None where the port has no such lines."""
        try:
            found = fcntl.ioctl(self.descriptor, termios.TIOCMGET, struct.pack("i", 0))
        except OSError:
            return None
        (bits,) = struct.unpack("i", found)
        return tuple(name for name, bit in _LINES.items() if bits & bit)

    @property
    def shared(self) -> bool:
        return self._empty_reads > 0

    def _put(self, payload: bytes) -> int:
        return os.write(self.descriptor, payload)

    def _take(self) -> bytes:
        try:
            return os.read(self.descriptor, _CHUNK)
        except BlockingIOError:
            return b""


def _switched(flags: int, bit: int, *, on: bool) -> int:
    return flags | bit if on else flags & ~bit


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())
