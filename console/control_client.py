"""Asking the daemon: one JSON line each way. Imports next to nothing: `status` must be quick."""

from __future__ import annotations

import json
import socket
from typing import Any


class NoDaemonError(OSError):
    """Nobody answers at the control socket."""


class AnswerLostError(NoDaemonError):
    """The daemon took the request; what it made of it is not known."""


def ask(path: str, request: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
    """Raise NoDaemonError, AnswerLostError once it was connected, or ValueError where the answer is none."""
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
    answer: dict[str, Any] = json.loads(received)
    return answer
