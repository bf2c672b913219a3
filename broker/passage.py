"""The way from the POS to the printer: a kernel pipe, so that no byte is ever in this process alone."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
import termios

from broker.keeper import Keeper

_NONBLOCK = 2  # SPLICE_F_NONBLOCK
# Under way at a time; the rest waits in the pty, whose writer then has to wait as with a full serial port.
_PIECE = 512


class Passage:
    """Bytes move by splice(2) from pty to pipe and from pipe to port: killed between any two instructions,
    each byte is in one of the three. The pipe is kept over a restart.
    """

    def __init__(self, keeper: Keeper) -> None:
        self._out, self._in = _kept_pipe(keeper)
        self._copy_out, self._copy_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._tee = ctypes.CDLL(None, use_errno=True).tee
        self._can_splice_out = True

    @property
    def waiting(self) -> int:
        """Bytes taken from the POS and not yet given to the printer."""
        (count,) = struct.unpack("i", fcntl.ioctl(self._out, termios.FIONREAD, bytes(4)))
        return int(count)

    def take(self, source: int) -> bytes:
        """Move the next bytes in and return a copy of them. Raise OSError (BlockingIOError: none there)."""
        if self.waiting:
            return b""
        moved = os.splice(source, self._in, _PIECE, flags=_NONBLOCK)
        return self._copy(moved) if moved else b""

    def give(self, sink: int) -> int:
        """Move what waits as far as the port takes it; its size. Raise OSError (BlockingIOError: full)."""
        if self._can_splice_out:
            try:
                return os.splice(self._out, sink, _PIECE, flags=_NONBLOCK)
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                self._can_splice_out = False  # usblp, Linux 6.1: has no splice_write
        return self._give_copy(sink)

    def put(self, octets: bytes) -> None:
        """A whole slip, at once; only while nothing waits. Raise OSError where the pipe is too small."""
        if os.write(self._in, octets) < len(octets):
            self.drop()
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))

    def drop(self) -> None:
        """Throw away what waits."""
        while self.waiting:
            os.read(self._out, self.waiting)

    def _give_copy(self, sink: int) -> int:
        """Write first, then take out: killed in between, a piece is printed twice rather than not at all."""
        sent = os.write(sink, self._copy(_PIECE))
        os.read(self._out, sent)
        return sent

    def _copy(self, count: int) -> bytes:
        """tee(2) leaves the bytes where they are."""
        if self._tee(self._out, self._copy_in, ctypes.c_size_t(count), _NONBLOCK) < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return os.read(self._copy_out, count)


def _kept_pipe(keeper: Keeper) -> tuple[int, int]:
    kept = keeper.take("pipe-out"), keeper.take("pipe-in")
    if kept[0] is not None and kept[1] is not None:
        return kept[0], kept[1]
    made = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    keeper.keep("pipe-out", made[0])
    keeper.keep("pipe-in", made[1])
    return made
