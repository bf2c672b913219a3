"""How a printer is reached: serial port, RFC 2217, /dev/usb/lp* or TCP; and why it could not be."""

from __future__ import annotations

import errno
import fcntl
import grp
import os
import pwd
import socket
import stat
import termios
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import Enum, auto
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from probes.receipt_printer.remote_serial import RemotePort
from probes.till import Till
from protocols.escpos.port import Parity, Port

_CONNECT_SECONDS = 1.0
_NEGOTIATION_SECONDS = 1.0  # a server on the same network answers within a few milliseconds
_SCHEMES = ("socket", "rfc2217")


class Trouble(Enum):
    """GONE: no such device or host. LOST: it went while it was open. REFUSED: a host takes no connection."""

    GONE = auto()
    LOST = auto()
    HELD = auto()
    REFUSED = auto()
    NO_PERMISSION = auto()


_TROUBLES = {
    errno.EBUSY: Trouble.HELD,  # TIOCEXCL of another program, or usblp, which has one user at a time
    errno.EAGAIN: Trouble.HELD,  # another program's flock
    errno.EACCES: Trouble.NO_PERMISSION,
    errno.EPERM: Trouble.NO_PERMISSION,
}


# EIO: it took the connection and ended it, as an RFC 2217 server does that has another client.
_HANGING_UP = (errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE, errno.EIO)


class PortTroubleError(Exception):
    """`held_by`: the programs that hold the port, where they are known."""

    def __init__(self, trouble: Trouble, held_by: str = "") -> None:
        super().__init__(trouble.name)
        self.trouble = trouble
        self.held_by = held_by


def tcp_address(name: str) -> tuple[str, int]:
    """Address and port of "socket://10.0.0.9:9100" or "rfc2217://10.0.0.9:2217". Raise ValueError; a name
    would wait for a resolver.
    """
    url = urlsplit(name)
    if url.scheme not in _SCHEMES or url.hostname is None or url.port is None or url.path:
        raise ValueError(f"{name!r}: write socket://ADDRESS:PORT, such as socket://192.168.1.60:9100")
    return str(ip_address(url.hostname)), url.port


def is_device(name: str) -> bool:
    return name.startswith("/")


def is_remote_serial(name: str) -> bool:
    return name.startswith("rfc2217:")


def has_speed(till: Till, name: str) -> bool:
    """Neither plain TCP nor usblp has a speed that could be wrong."""
    if not is_device(name):
        return is_remote_serial(name)
    device = till.path(name)
    return not any(each.name.startswith("lp") for each in (device, _target(device)))


def _target(device: Path) -> Path:
    return Path(os.path.realpath(device))  # unlike Path.resolve it survives a loop of links


@contextmanager
def opened(till: Till, name: str, speed: int, parity: Parity = "none") -> Iterator[Port]:
    """A port nobody else has locked. Raise PortTroubleError, also for what happens to it while it is open.

    A program that holds the port without locking it is noticed only when it takes a byte from us.
    """
    is_open = False
    try:
        with _way_to(till, name, speed, parity) as port:
            is_open = True
            yield port
    except (OSError, termios.error) as error:
        raise PortTroubleError(Trouble.LOST if is_open else trouble_of(name, error)) from error


def trouble_of(name: str, error: OSError | termios.error) -> Trouble:
    """Why the port could not be opened."""
    number = _number(error)
    if is_device(name):
        return _TROUBLES.get(number, Trouble.GONE)
    return Trouble.REFUSED if number in _HANGING_UP else Trouble.GONE


def _way_to(till: Till, name: str, speed: int, parity: Parity) -> AbstractContextManager[Port]:
    if is_remote_serial(name):
        return _over_rfc2217(till, name, speed, parity)
    if not is_device(name):
        return _over_tcp(till, name)
    return _over_serial(till, name, speed, parity) if has_speed(till, name) else _over_usb(till.path(name))


@contextmanager
def _over_tcp(till: Till, name: str) -> Iterator[Port]:
    with _connected(till, name) as connection:
        yield Port(connection.fileno())


@contextmanager
def _over_rfc2217(till: Till, name: str, speed: int, parity: Parity) -> Iterator[Port]:
    with _connected(till, name) as connection:
        port = RemotePort(connection)
        port.set_up(speed, parity, till.monotonic_seconds() + _NEGOTIATION_SECONDS)
        yield port


def _connected(till: Till, name: str) -> socket.socket:
    connection = till.connect(*tcp_address(name), _CONNECT_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setblocking(False)
    return connection


@contextmanager
def _over_usb(device: Path) -> Iterator[Port]:
    descriptor = os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Port(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _over_serial(till: Till, name: str, speed: int, parity: Parity) -> Iterator[Port]:
    device = till.serial_port(name, speed, parity)
    try:
        _keep_lines_on_close(device.fileno())
        yield Port(device.fileno())
    finally:
        device.close()


def _keep_lines_on_close(descriptor: int) -> None:
    """With DIP 2-7 on a printer resets when DTR drops, as it does at a close (TM-T88 series p. 102)."""
    settings = termios.tcgetattr(descriptor)
    settings[2] &= ~termios.HUPCL
    termios.tcsetattr(descriptor, termios.TCSANOW, settings)


def _number(error: BaseException) -> int:
    """A termios.error comes out of pyserial without its number: "Could not configure port: (5, ...)"."""
    if isinstance(error, OSError) and error.errno is None and error.__context__ is not None:
        return _number(error.__context__)
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def grant_command(till: Till, name: str) -> str:
    """The command, for root, that lets us open the device."""
    try:
        details = till.stat(name)
    except OSError:
        return f"ls -lL {name}"
    may_group = details.st_mode & (stat.S_IRGRP | stat.S_IWGRP) == stat.S_IRGRP | stat.S_IWGRP
    if not may_group or details.st_gid == 0:
        return f"chgrp dialout {name} && chmod 660 {name}"
    return f"usermod -aG {_group(details.st_gid)} {_user(os.geteuid())}"


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
