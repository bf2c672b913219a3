"""A serial port behind an RFC 2217 server, as a port to a printer."""

from __future__ import annotations

import errno
import socket
import time
from typing import Final

from protocols import rfc2217
from protocols.escpos.port import FlowControl, Parity, Port

_PARITIES: Final[dict[Parity, int]] = {"none": 1, "odd": 2, "even": 3}  # RFC 2217 section 3, SET-PARITY
_FLOW_CONTROLS: Final[dict[FlowControl, int]] = {
    "none": rfc2217.NO_FLOW_CONTROL,
    "xonxoff": rfc2217.XON_XOFF,
    "rtscts": rfc2217.HARDWARE,
}


class RemotePort(Port):
    """Over a connected, non-blocking socket. One thread, one descriptor, deadlines as for any other port:
    pyserial's own client starts a thread, knows no write timeout and waits five seconds for a dead address.
    """

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection.fileno())
        self._stream = rfc2217.Stream()

    def set_up(self, speed: int, parity: Parity, deadline: float) -> None:
        """8 data bits, 1 stop bit, no flow control, DTR and RTS on. Raise OSError where the server will not.

        A printer in DTR/DSR mode keeps GS I's answer until DTR is on (TM-T88III specification p. 22).
        """
        super().write(rfc2217.OPENING, deadline)
        self._wait_until_accepted(deadline)
        wanted = {
            rfc2217.SET_SPEED: speed.to_bytes(4),
            rfc2217.SET_DATA_BITS: b"\x08",
            rfc2217.SET_PARITY: bytes((_PARITIES[parity],)),
            rfc2217.SET_STOP_BITS: b"\x01",
        }
        for number, value in wanted.items():
            self._command(number, value, deadline)
        for control in (rfc2217.NO_FLOW_CONTROL, rfc2217.DTR_ON, rfc2217.RTS_ON):
            self._command(rfc2217.SET_CONTROL, bytes((control,)), deadline)
        self._command(rfc2217.SET_MODEM_MASK, b"\xff", deadline)
        self._wait_until_confirmed(wanted, deadline)

    def _wait_until_accepted(self, deadline: float) -> None:
        while self._stream.accepted is None:
            self._pump(deadline, "it does not speak RFC 2217")
        if not self._stream.accepted:
            raise OSError(errno.EPROTO, "the server refuses RFC 2217")

    def _wait_until_confirmed(self, wanted: dict[int, bytes], deadline: float) -> None:
        while not wanted.keys() <= self._stream.confirmed.keys():
            self._pump(deadline, "the server does not confirm the settings")
        if any(self._stream.confirmed[number] != value for number, value in wanted.items()):
            raise OSError(errno.EINVAL, "the server has other settings than asked for")

    def _pump(self, deadline: float, otherwise: str) -> None:
        """What a printer says before the port is set up is no answer to us."""
        self._take_in(super().read(deadline), deadline)
        if time.monotonic() >= deadline:
            raise TimeoutError(errno.ETIMEDOUT, otherwise)

    def _command(self, number: int, value: bytes, deadline: float) -> None:
        super().write(rfc2217.command(number, value), deadline)

    def _take_in(self, received: bytes, deadline: float) -> bytes:
        plain, answer = self._stream.feed(received)
        if answer:
            super().write(answer, deadline)
        return plain

    def write(self, payload: bytes, deadline: float) -> None:
        super().write(rfc2217.escaped(payload), deadline)

    def read(self, deadline: float) -> bytes:
        while received := super().read(deadline):
            if plain := self._take_in(received, deadline):
                return plain
        return b""

    def obey(self, flow_control: FlowControl, deadline: float) -> None:
        self._command(rfc2217.SET_CONTROL, bytes((_FLOW_CONTROLS[flow_control],)), deadline)

    def lines_up(self) -> tuple[str, ...] | None:
        state = self._stream.modem_state
        if state is None:
            return None
        return tuple(name for name, bit in rfc2217.MODEM_LINES.items() if state & bit)
