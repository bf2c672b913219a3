"""The printer's two plugs: a pseudo terminal and a TCP port."""

import grp
import os
import socket
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
SPEEDS = {getattr(termios, f"B{rate}"): rate for rate in BAUD_RATES}
CODES = {rate: code for code, rate in SPEEDS.items()}
READ_BYTES = 128
"""What a printer still takes after it has said it is busy (TM-T88III specification p. 22)."""


class Port:
    """One byte stream to a host; `read` gives b"" at its end, None when there is nothing."""

    name: str

    def fileno(self) -> int:
        raise NotImplementedError

    def read(self) -> bytes | None:
        raise NotImplementedError

    def write(self, octets: bytes) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class SerialPort(Port):
    """A pty whose slave is what a host opens; the slave stays open here so that it outlives its hosts."""

    name = "serial"

    def __init__(self, speed: int | None, link: Path | None) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._set_speed(speed or 9600)
        self._give_to_dialout()
        self._link = link
        if link is not None:
            link.unlink(missing_ok=True)
            link.symlink_to(self.path)

    def _set_speed(self, speed: int) -> None:
        settings = termios.tcgetattr(self._slave)
        settings[4] = settings[5] = CODES[speed]
        termios.tcsetattr(self._slave, termios.TCSANOW, settings)

    def _give_to_dialout(self) -> None:
        """Debian gives serial ports to root:dialout, mode 0660; only root can do the same here."""
        if os.geteuid() == 0:
            os.chown(self.path, 0, grp.getgrnam("dialout").gr_gid)
            Path(self.path).chmod(0o660)

    def host_speed(self) -> int | None:
        """The speed the host has set, in baud: a pty's master reads its slave's settings."""
        return SPEEDS.get(termios.tcgetattr(self._master)[5])

    def fileno(self) -> int:
        return self._master

    def read(self) -> bytes | None:
        try:
            return os.read(self._master, READ_BYTES)
        except BlockingIOError:
            return None

    def write(self, octets: bytes) -> None:
        with suppress(BlockingIOError):  # nobody reads: a serial line loses the bytes too
            os.write(self._master, octets)

    def close(self) -> None:
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._master)


class TcpPort(Port):
    """One accepted TCP connection."""

    def __init__(self, connection: socket.socket, name: str) -> None:
        connection.setblocking(False)
        self._connection = connection
        self.name = name

    def fileno(self) -> int:
        return self._connection.fileno()

    def read(self) -> bytes | None:
        try:
            return self._connection.recv(READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def write(self, octets: bytes) -> None:
        with suppress(OSError):
            self._connection.sendall(octets)

    def close(self) -> None:
        self._connection.close()


class Listener:
    """The TCP plug; `accept` makes a port of the next connection."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_server((host, port))
        self._socket.setblocking(False)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]

    def fileno(self) -> int:
        return self._socket.fileno()

    def accept(self, announce: Callable[[Port], None]) -> None:
        with suppress(OSError):
            connection, peer = self._socket.accept()
            announce(TcpPort(connection, f"tcp:{peer[1]}"))

    def close(self) -> None:
        self._socket.close()
