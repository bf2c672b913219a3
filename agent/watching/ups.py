"""The state of a UPS: upsd tells nothing by itself, so it is asked for one word twice a second."""

from __future__ import annotations

import errno
import socket

from agent.watching.source import NEVER, Source
from probes.power.ups import numeric_addresses
from probes.till import Till
from protocols.nut import UpsAddress

PROBES = ("power",)
ASK_SECONDS = 0.5
_PATIENCE_SECONDS = 3.0  # for a connection, and for an answer
_LONGEST_LINE = 4096


class UpsSource(Source):
    """A kept connection that needs no login. What is said counts only by being another than before."""

    probes: tuple[str, ...] = PROBES

    def __init__(self, address: UpsAddress, till: Till) -> None:
        self._address = address
        self._till = till
        self._question = f"GET VAR {address.ups} ups.status\n".encode()
        self._connection: socket.socket | None = None
        self._received = b""
        self._said = b""
        self._asked_at = NEVER
        self._is_asking = self._is_heard = False
        self._attempt = 0

    @property
    def is_well(self) -> bool:
        return self._is_heard

    def open(self, now: float) -> None:
        """The connection is made while others have their turn."""
        numeric = numeric_addresses(self._address.host, self._till)
        if not numeric:
            raise OSError(errno.EHOSTUNREACH, "the name of the UPS's host is not found")
        address = numeric[self._attempt % len(numeric)]
        self._attempt += 1
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._connection = self._till.socket(family, socket.SOCK_STREAM)
        begun = self._connection.connect_ex((address, self._address.port))
        if begun not in (0, errno.EINPROGRESS):
            raise OSError(begun, "no connection to upsd")
        self._received = b""
        self._is_asking = False
        self._asked_at = now

    def close(self) -> None:
        self._is_heard = False
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def fileno(self) -> int:
        """A connection that is still being made is readable only where it fails."""
        return self._connection.fileno() if self._connection else -1

    def due(self) -> float:
        """The first question waits a moment for the connection."""
        return self._asked_at + (_PATIENCE_SECONDS if self._is_asking else ASK_SECONDS)

    def step(self, now: float) -> tuple[str, ...]:
        """Raise OSError where upsd is gone or keeps silent; the probe will say which."""
        assert self._connection is not None
        if self._is_asking and now >= self._asked_at + _PATIENCE_SECONDS:
            raise TimeoutError(errno.ETIMEDOUT, "upsd does not answer")
        changed = self._listen()
        if not self._is_asking and now >= self._asked_at + ASK_SECONDS:
            self._asked_at = now
            self._is_asking = True
            self._connection.send(self._question)
        return PROBES if changed else ()

    def _listen(self) -> bool:
        assert self._connection is not None
        try:
            chunk = self._connection.recv(_LONGEST_LINE)
        except BlockingIOError:
            return False
        self._received += chunk
        if not chunk or len(self._received) > _LONGEST_LINE:
            raise OSError(errno.EPIPE, "upsd ended the connection, or never ends its line")
        line, end, rest = self._received.rpartition(b"\n")
        if not end:
            return False
        self._received, self._is_asking, self._is_heard = rest, False, True
        changed = self._said not in (b"", line)
        self._said = line
        return changed
