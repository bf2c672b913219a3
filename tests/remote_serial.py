"""An RFC 2217 server, pyserial's own, before a printer that can be switched off: for tests."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, cast

from serial.rfc2217 import PortManager

from protocols.escpos import status
from simulators.escpos_printer.state import State


class SerialPrinter:
    """What PortManager takes for a serial port: settings, modem lines, and a printer at the end of the wire.

    `cts`, `dsr`, `cd` are what the printer and the cable leave of the lines.
    """

    def __init__(self) -> None:
        self.baudrate, self.bytesize, self.parity, self.stopbits = 1200, 7, "N", 2
        self.xonxoff = self.rtscts = True
        self.dtr = self.rts = self.ri = self.cd = False
        self.cts = self.dsr = True
        self.state = State()
        self.listens_at: tuple[int, str] | None = (9600, "N")
        self.received = bytearray()
        self.flow_controls: list[tuple[bool, bool]] = []

    def take(self, received: bytes) -> bytes:
        """The replies to DLE EOT and GS r 1; a printer that is off, or at other settings, says nothing."""
        self.received += received
        self.flow_controls.append((self.xonxoff, self.rtscts))
        if self.listens_at != (self.baudrate, self.parity):
            return b""
        questions = [number for number in status.QUESTIONS if status.question(number) in received]
        fence = b"\x00" if received.endswith(b"\x1dr\x01") else b""
        return bytes(self.state.real_time(number) for number in questions) + fence


@contextlib.contextmanager
def served(printer: SerialPrinter) -> Iterator[str]:
    """The rfc2217:// URL it is reached at, one client after the other."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        thread = threading.Thread(target=_serve, args=(server, printer, stop))
        thread.start()
        try:
            yield f"rfc2217://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def _serve(server: socket.socket, printer: SerialPrinter, stop: threading.Event) -> None:
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                _serve_one(connection, printer, stop)


class _Wire:
    def __init__(self, connection: socket.socket) -> None:
        self.write = connection.sendall


def _serve_one(connection: socket.socket, printer: SerialPrinter, stop: threading.Event) -> None:
    port, wire = cast("Any", printer), cast("Any", _Wire(connection))
    manager: Any = PortManager(port, wire)
    checked = time.monotonic()
    while not stop.is_set():
        if select.select([connection], [], [], 0.05)[0]:
            received = connection.recv(1024)
            if not received:
                return
            data = b"".join(manager.filter(received))
            reply = printer.take(data) if data else b""
            connection.sendall(b"".join(manager.escape(reply)))
        if time.monotonic() - checked > 0.1:  # as often as pyserial's example server
            manager.check_modem_lines()
            checked = time.monotonic()
