"""Asking the daemon: one JSON line each way. Imports next to nothing: `status` must be quick."""

from __future__ import annotations

import errno
import json
import socket
from typing import Any


class NoDaemonError(OSError):
    """Nobody answers at the control socket."""


class AnswerLostError(NoDaemonError):
    """The daemon took the request; what it made of it is not known."""


def ask(path: str, request: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
    """Raise NoDaemonError, or AnswerLostError once it was connected and no whole answer came."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    channel.settimeout(timeout_seconds)
    lost: type[NoDaemonError] = NoDaemonError
    try:
        channel.connect(path)
        lost = AnswerLostError
        channel.sendall(json.dumps(request).encode() + b"\n")
        received = bytearray()
        while chunk := channel.recv(65536):
            received += chunk
    except OSError as error:
        raise lost(error.errno, error.strerror or str(error), path) from None
    finally:
        channel.close()
    try:
        answer: dict[str, Any] = json.loads(received)
    except ValueError:
        raise AnswerLostError(errno.EPIPE, "it ended before it answered", path) from None
    return answer
