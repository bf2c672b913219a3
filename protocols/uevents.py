"""The kernel's own news of devices coming, going and changing: netlink(7), NETLINK_KOBJECT_UEVENT, group 1.

The text is Linux lib/kobject_uevent.c: "action@devpath", then KEY=value, each ended by a NUL.
"""

from __future__ import annotations

import socket
import struct
from typing import Final

_FAMILY: Final = 15  # NETLINK_KOBJECT_UEVENT
_KERNEL_GROUP: Final = 1  # group 2 is udevd's
_LONGEST: Final = 2048 + 256  # UEVENT_BUFFER_SIZE, and the path before it
_CREDENTIALS: Final = struct.Struct("=iII")  # ucred: process, user, group


def open_uevents() -> socket.socket:
    """Unprivileged. Raise OSError."""
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _FAMILY)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        sock.bind((0, _KERNEL_GROUP))
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


def receive(sock: socket.socket) -> dict[str, str]:
    """The next one's values; empty for what is none. Raise BlockingIOError where no more waits, OSError."""
    text, ancillary, _, sender = sock.recvmsg(_LONGEST, socket.CMSG_SPACE(_CREDENTIALS.size))
    return parse_uevent(text) if _is_the_kernel(sender, ancillary) else {}


def _is_the_kernel(sender: tuple[int, int], ancillary: list[tuple[int, int, bytes]]) -> bool:
    """Any process can send to our address; none can send from port 0 (netlink(7)), nor as root."""
    users = [
        _CREDENTIALS.unpack_from(content)[1]
        for level, kind, content in ancillary
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS) and len(content) >= _CREDENTIALS.size
    ]
    return sender[0] == 0 and users == [0]


def parse_uevent(text: bytes) -> dict[str, str]:
    """Keys to values ("ACTION": "remove", "SUBSYSTEM": "tty"); empty where it does not begin like one."""
    head, *lines = text.decode("utf-8", "replace").split("\0")
    if "@" not in head:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {key: value for key, _, value in pairs}
