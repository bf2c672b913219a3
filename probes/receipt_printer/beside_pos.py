"""The port of a printer that belongs to the POS: opened only when it is known that nobody has it open."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

from probes.receipt_printer.port import PortTroubleError, Trouble, grant_command, opened, trouble_of
from probes.till import Till
from protocols.escpos.port import Parity, Port
from protocols.file_opens import OpenWatch
from protocols.port_holders import Holder, NotTold, character_device, look, told
from vocabulary.reading import Reason

START: Final = "who uses the port is not known: systemctl enable --now poshealth-port-holders.socket"
LOOK_AT: Final = "who uses the port is not known: systemctl status 'poshealth-port-holders*'"
NO_WATCH: Final = "who opens the port cannot be watched: sysctl fs.inotify"
_PATIENCE_SECONDS = 1.5  # for one answer: a start of Python and a walk through /proc
_LONGEST_ANSWER = 65536


class HoldersUnknownError(Exception):
    """It cannot be known who holds the port; so it was not opened."""

    def __init__(self, because: str, reason: Reason = Reason.NOT_TESTED) -> None:
        super().__init__(because)
        self.reason = reason
        self.because = because


@contextmanager
def opened_beside_pos(till: Till, name: str, speed: int, parity: Parity, service: str) -> Iterator[Port]:
    """Raise PortTroubleError, where another program holds it too, and HoldersUnknownError.

    Asked before it is opened, for opening sets speed and DTR; asked again once it is open, for the POS may
    have come in between; from then on each further opening is noticed before the next byte is written.
    TIOCEXCL would close that last gap of microseconds, and shut the POS out of its own printer: a receipt
    lost for a status.
    """
    device = _device(till, name)
    with _watched(till, name) as watch, Onlooker(till, service) as onlooker:
        _refuse(onlooker.holders(device))
        _refuse_if(watch.was_opened())
        with opened(till, name, speed, parity) as port:
            watch.was_opened()  # by us
            if os.fstat(port.descriptor).st_rdev != device:
                raise PortTroubleError(Trouble.LOST)
            _refuse(onlooker.holders(device))
            yield PortBesidePos(port.descriptor, watch)


class PortBesidePos(Port):
    """Writes nothing more once another program has opened the port."""

    def __init__(self, descriptor: int, watch: OpenWatch) -> None:
        super().__init__(descriptor)
        self._watch = watch

    def _put(self, payload: bytes) -> int:
        """Raise PortTroubleError (HELD). Nothing may stand between the look and the write."""
        _refuse_if(self._watch.was_opened())
        return super()._put(payload)


class Onlooker:
    """Asks the service that may look; where there is none, looks itself: it may be allowed to see all."""

    def __init__(self, till: Till, path: str) -> None:
        """Raise HoldersUnknownError where it is there and may not be asked."""
        self._till = till
        self._connection: socket.socket | None = None
        self._received = b""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_PATIENCE_SECONDS)
        try:
            connection.connect(str(till.path(path)))
            self._connection = connection
        except PermissionError as error:
            connection.close()
            raise HoldersUnknownError(grant_command(till, path), Reason.NO_PERMISSION) from error
        except OSError:
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()

    def holders(self, device: int) -> tuple[Holder, ...]:
        """But ourselves. Raise HoldersUnknownError."""
        found = self._seen(device) if self._connection is None else self._told(self._connection, device)
        return tuple(each for each in found if each.pid != os.getpid())

    def _seen(self, device: int) -> tuple[Holder, ...]:
        seen = look(device, str(self._till.path("/proc")))
        if not seen.is_complete and not seen.holders:
            raise HoldersUnknownError(START)
        return seen.holders

    def _told(self, connection: socket.socket, device: int) -> tuple[Holder, ...]:
        try:
            connection.sendall(f"who {os.major(device)}:{os.minor(device)}\n".encode())
            return told(self._lines(connection))
        except (OSError, NotTold) as error:
            raise HoldersUnknownError(LOOK_AT) from error

    def _lines(self, connection: socket.socket) -> list[str]:
        """Up to the one that ends the answer."""
        found: list[str] = []
        until = self._till.monotonic_seconds() + _PATIENCE_SECONDS
        while not found or found[-1].startswith("held "):
            while b"\n" not in self._received:
                connection.settimeout(max(0.001, until - self._till.monotonic_seconds()))
                piece = connection.recv(4096)
                if not piece or len(self._received) > _LONGEST_ANSWER:
                    raise NotTold("it hung up, or does not come to an end")
                self._received += piece
            line, _, self._received = self._received.partition(b"\n")
            found.append(line.decode("utf-8", "replace"))
        return found


def _device(till: Till, name: str) -> int:
    try:
        device = character_device(str(till.path(name)))
    except OSError as error:
        raise PortTroubleError(trouble_of(name, error)) from error
    if device is None:
        raise PortTroubleError(Trouble.GONE)
    return device


def _watched(till: Till, name: str) -> OpenWatch:
    try:
        return OpenWatch(str(till.path(name)))
    except OSError as error:
        trouble = trouble_of(name, error)
        if trouble is Trouble.GONE and till.exists(name):  # no instance of inotify is left, or no watch
            raise HoldersUnknownError(NO_WATCH) from error
        raise PortTroubleError(trouble) from error


def _refuse(holders: tuple[Holder, ...]) -> None:
    if holders:
        raise PortTroubleError(Trouble.HELD, ", ".join(map(str, holders)))


def _refuse_if(was_opened: bool) -> None:
    if was_opened:
        raise PortTroubleError(Trouble.HELD)
