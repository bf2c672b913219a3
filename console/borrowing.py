"""The printer's port for as long as we need it: the daemon may keep it open, to hear of paper and cover."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from console.control_client import NoDaemonError, ask

_PROBE = "receipt_printer"
_WAIT_SECONDS = 3.0  # the daemon gives it up within milliseconds, or replaces who does not
_ANSWER_SECONDS = 2.0


@contextlib.contextmanager
def printer_port(control_socket: str) -> Iterator[None]:
    """Harmless where no daemon runs, or where it does not keep the port. Left unsaid, it ends in a minute."""
    until = time.monotonic() + _WAIT_SECONDS
    while not _say(control_socket, "lend") and time.monotonic() < until:
        time.sleep(0.02)
    try:
        yield
    finally:
        _say(control_socket, "give-back")


def _say(control_socket: str, what: str) -> bool:
    try:
        answer = ask(control_socket, {"do": what, "probes": [_PROBE]}, _ANSWER_SECONDS)
    except NoDaemonError:
        return True
    return bool(answer.get("lent", True))
