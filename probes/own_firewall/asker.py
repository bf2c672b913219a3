"""Where the rules of this till's packet filter are asked for."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Final, Self

from probes.till import Till
from protocols.nft.answer import LONGEST, NotTold, Told, told

START: Final = "systemctl enable --now poshealth-ruleset.socket"
LOOK_AT: Final = "systemctl status 'poshealth-ruleset*'"
NO_PERMISSION: Final = "ask as root, or as the user poshealth"
_PATIENCE_SECONDS: Final = (
    2.5  # for all answers: a start of Python, and nft three times, with a long block list
)


class RulesUnknownError(Exception):
    """`because` holds the command that helps."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


class Asker:
    """One connection, and as many answers as are wanted while it is open."""

    def __init__(self, till: Till, path: str) -> None:
        """Raise RulesUnknownError."""
        self._till = till
        self._until = till.monotonic_seconds() + _PATIENCE_SECONDS
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.settimeout(_PATIENCE_SECONDS)
        try:
            self._connection.connect(str(till.path(path)))
        except OSError as error:
            self._connection.close()
            refused = isinstance(error, PermissionError)
            raise RulesUnknownError(NO_PERMISSION if refused else START) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def look(self) -> Told:
        """The rules as they are now. Raise RulesUnknownError."""
        try:
            self._connection.sendall(b"list\n")
            return told(self._line())
        except NotTold as error:
            raise RulesUnknownError(str(error)) from error
        except (OSError, EOFError) as error:
            raise RulesUnknownError(LOOK_AT) from error

    def _line(self) -> bytes:
        """Raise OSError (TimeoutError included), EOFError."""
        received = bytearray()
        while not received.endswith(b"\n"):
            left = self._until - self._till.monotonic_seconds()
            if left <= 0 or len(received) > LONGEST:
                raise TimeoutError
            self._connection.settimeout(left)
            piece = self._connection.recv(1 << 16)
            if not piece:
                raise EOFError
            received += piece
        return bytes(received)
