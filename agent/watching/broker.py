"""A printer behind the broker, which announces what the printer tells by itself."""

from __future__ import annotations

import errno
import re
import socket

from agent.watching.printer_signs import PROBES, sign_of
from agent.watching.source import Source
from probes.till import Till
from protocols.escpos.status import Automatic

_FRAME = re.compile(rb"frame ([0-9a-f]{8})")
_LONGEST = 4096


class BrokerSource(Source):
    """Whether the printer tells at all is the POS's affair (GS a): the probe goes on at its own interval."""

    probes: tuple[str, ...] = PROBES

    def __init__(self, path: str, till: Till) -> None:
        self._path = path
        self._till = till
        self._connection: socket.socket | None = None
        self._received = b""
        self._sign: Automatic | None = None

    @property
    def is_well(self) -> bool:
        return self._connection is not None

    def open(self, now: float) -> None:
        del now
        self._connection = self._till.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection.connect(str(self._till.path(self._path)))
        self._connection.send(b"watch\n")
        self._received = b""

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def fileno(self) -> int:
        return self._connection.fileno() if self._connection else -1

    def step(self, now: float) -> tuple[str, ...]:
        """Raise OSError where the broker is gone."""
        del now
        assert self._connection is not None
        try:
            chunk = self._connection.recv(_LONGEST)
        except BlockingIOError:
            return ()
        *lines, self._received = (self._received + chunk).split(b"\n")
        if not chunk or len(self._received) > _LONGEST:
            raise OSError(errno.EPIPE, "the printer broker is gone, or what answers is none")
        before = self._sign
        for line in lines:
            if found := _FRAME.fullmatch(line):
                self._sign = sign_of(bytes.fromhex(found[1].decode())) or self._sign
        return PROBES if self._sign != before else ()
