"""The printer as the broker lets us ask it: between the POS's jobs, over its Unix socket."""

from __future__ import annotations

import errno
import re
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from probes.receipt_printer.port import PortTroubleError, Trouble
from probes.till import Till
from protocols.escpos.port import Port

START_BROKER: Final = "systemctl start poshealth-printer-broker"
_FORBIDDEN: Final = "the printer broker may not open the printer's port"
_PATIENCE_SECONDS = 1.5  # the broker waits for another client's question and for a late answer, 0.3 s each
_TAKES_SECONDS = 5.0  # the broker takes in 64 KiB within milliseconds
_LONGEST_ANSWER = 4096
_HEX = re.compile(r"([0-9a-f]{2})+")
_GONE = {
    "held": Trouble.HELD,
    "refused": Trouble.REFUSED,
    "missing": Trouble.GONE,
}


class BrokerAwayError(Exception):
    """Nobody listens at the broker's socket, what does is no broker, or it cannot do its work."""

    def __init__(self, because: str = START_BROKER) -> None:
        super().__init__(because)
        self.because = because


class BrokerPort(Port):
    """Takes DLE EOT 1-4, one at a time, and gives back what the printer then sent."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection.fileno())
        self._connection = connection
        self._received = b""
        self._is_asking = False

    def write(self, payload: bytes, deadline: float) -> None:
        """Raise PortTroubleError (HELD: a job is under way), BrokerAwayError."""
        if len(payload) != 3 or not payload.startswith(b"\x10\x04"):
            raise PortTroubleError(Trouble.HELD)
        while self.read(deadline):
            pass  # what is left of the question before
        self._connection.sendall(f"ask {payload[2]}\n".encode())
        self.written += payload
        self._is_asking = True

    def read(self, deadline: float) -> bytes:
        """What was heard next; empty when the broker has said that this was all. It keeps the time itself."""
        del deadline
        if not self._is_asking:
            return b""
        word, _, rest = self._line().partition(" ")
        if word == "heard" and _HEX.fullmatch(rest):
            return bytes.fromhex(rest)
        self._is_asking = False
        if word == "busy":
            raise PortTroubleError(Trouble.HELD)
        if rest == "forbidden":
            raise BrokerAwayError(_FORBIDDEN)
        if word == "gone":
            raise PortTroubleError(_GONE.get(rest, Trouble.GONE))
        if word != "end":
            raise BrokerAwayError
        return b""

    def hand_over(self, job: bytes, deadline: float) -> tuple[bool, str]:
        """Have a whole slip printed between two jobs: whether it was begun, and the broker's last word.

        "unknown" where the word does not come by `deadline` of time.monotonic(); "" where the broker went
        before it had begun. Raise BrokerAwayError where it does not take the slip: nothing is printed then.
        """
        while self.read(deadline):
            pass  # what is left of the question before
        self._send(b"print %d\n" % len(job) + job, min(deadline, time.monotonic() + _TAKES_SECONDS))
        begun = False
        while True:
            try:
                line = self._line(deadline - time.monotonic())
            except (BrokerAwayError, OSError):
                return begun, "unknown" if begun or time.monotonic() >= deadline else ""
            if line != "begun":
                return begun, line
            begun = True

    def _send(self, octets: bytes, deadline: float) -> None:
        """Raise BrokerAwayError where not all of it was taken."""
        try:
            super().write(octets, deadline)
        except OSError as error:
            raise BrokerAwayError from error

    def _line(self, seconds: float = _PATIENCE_SECONDS) -> str:
        until = time.monotonic() + seconds
        while b"\n" not in self._received and len(self._received) < _LONGEST_ANSWER:
            if not select.select([self._connection], [], [], max(0.0, until - time.monotonic()))[0]:
                raise BrokerAwayError
            piece = self._connection.recv(512)
            if not piece:
                raise BrokerAwayError
            self._received += piece
        line, _, self._received = self._received.partition(b"\n")
        return line.decode("ascii", "replace")


@contextmanager
def opened_by_broker(till: Till, path: str) -> Iterator[BrokerPort]:
    """Raise PortTroubleError for the printer's troubles, BrokerAwayError for the broker's."""
    try:
        with till.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(str(till.path(path)))
            yield BrokerPort(connection)
    except BlockingIOError as error:  # more clients at its door than it lets wait
        raise PortTroubleError(Trouble.HELD) from error
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            raise PortTroubleError(Trouble.NO_PERMISSION) from error
        raise BrokerAwayError from error
