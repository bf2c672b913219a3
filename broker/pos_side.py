"""The POS's end: a pty whose name stays the same and whose open files outlive us."""

from __future__ import annotations

import errno
import fcntl
import grp
import os
import select
import struct
import sys
import termios
import tty
from contextlib import suppress
from pathlib import Path

from broker.keeper import Keeper
from broker.line import Line, read_line

_TIOCGPTN = 0x80045430  # asm-generic/ioctls.h


def give_to_group(path: Path, group: str) -> None:
    """Mode 0660 for a group; where we may not, say so and leave the group as it is."""
    try:
        os.chown(path, -1, grp.getgrnam(group).gr_gid)
    except (KeyError, PermissionError):
        print(f"printer broker: cannot give {path} to group {group}", file=sys.stderr)
    path.chmod(0o660)


class PosSide:
    """`fileno` is the pty's master. Nobody here holds the other end: so a close by the POS is seen."""

    def __init__(self, keeper: Keeper, link: Path, group: str, speed: int) -> None:
        self._keeper = keeper
        self._link = link
        self._group = group
        self._speed = speed
        self._was_open = self._is_locked = False
        self._master = self._taken()
        if self._master < 0:
            self._make(speed)
        self._poll = select.poll()
        self._poll.register(self._master, select.POLLIN)
        self._publish()

    def fileno(self) -> int:
        return self._master

    @property
    def path(self) -> Path:
        (number,) = struct.unpack("i", fcntl.ioctl(self._master, _TIOCGPTN, bytes(4)))
        return Path(f"/dev/pts/{number}")

    @property
    def line(self) -> Line:
        return read_line(self._master)

    @property
    def is_open(self) -> bool:
        """Whether any program has the other end open."""
        return not self._events() & select.POLLHUP

    @property
    def has_bytes(self) -> bool:
        return bool(self._events() & select.POLLIN)

    def _events(self) -> int:
        return sum(events for _, events in self._poll.poll(0))

    def send(self, octets: bytes) -> None:
        """As a serial port does: what nobody has the port open for, or has no room for, is gone."""
        if octets and self.is_open:
            self._was_open = True
            with suppress(OSError):
                os.write(self._master, octets)

    def notice_close(self) -> bool:
        """What a program left unread when it closed the port must not be the next one's first answer.

        True where nobody can open the pty any more: then `renew` it.
        """
        is_open = self.is_open
        if self._was_open and not is_open:
            self._drop_unread()
        self._was_open = is_open
        return self._is_locked and not is_open and not self.has_bytes

    def _drop_unread(self) -> None:
        """A program that ended without giving TIOCEXCL back keeps everybody out of a pty: EBUSY, tried."""
        try:
            other_end = os.open(self.path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            self._is_locked = error.errno == errno.EBUSY
            return
        with suppress(OSError, termios.error):
            fcntl.ioctl(other_end, termios.TIOCNXCL)
            termios.tcflush(other_end, termios.TCIFLUSH)
        os.close(other_end)

    def renew(self) -> None:
        """Another pty under the same name; `fileno` is another one then. Raise OSError."""
        self._is_locked = False
        self._poll.unregister(self._master)
        self._keeper.forget("pos-pty")
        os.close(self._master)
        self._make(self._speed)
        self._poll.register(self._master, select.POLLIN)
        self._publish()

    def _taken(self) -> int:
        kept = self._keeper.take("pos-pty")
        if kept is not None:
            os.set_blocking(kept, False)
        return -1 if kept is None else kept

    def _make(self, speed: int) -> None:
        """Raw from the start: with the kernel's default a printer's answer would be echoed back to it."""
        self._master, other_end = os.openpty()
        tty.setraw(other_end)
        attributes = termios.tcgetattr(other_end)
        attributes[4] = attributes[5] = speed
        termios.tcsetattr(other_end, termios.TCSANOW, attributes)
        os.close(other_end)
        os.set_blocking(self._master, False)
        give_to_group(self.path, self._group)
        self._keeper.keep("pos-pty", self._master)

    def _publish(self) -> None:
        """Put the link there in one step: at every moment it leads somewhere."""
        new = self._link.with_name(self._link.name + ".new")
        new.unlink(missing_ok=True)
        new.symlink_to(self.path)
        new.replace(self._link)
