"""A slip handed to a raw queue of CUPS, over IPP on its Unix socket, and what became of the job.

CUPS proves that the printer's port took the bytes, never that they are on paper: at most "accepted".
"""

from __future__ import annotations

import http.client
import socket
import time
from typing import Final

from agent.slip.outcome import Printing, PrintResult
from probes.till import Till
from protocols import ipp
from protocols.ipp import JobState

CUPS_SECONDS: Final = 40.0
_USER: Final = "poshealth"
_TITLE: Final = "diagnostic slip"
_AGAIN_SECONDS: Final = 0.2
_MOST_ANSWER_BYTES: Final = 64 * 1024
_OK: Final = 200


class _Cups(http.client.HTTPConnection):
    """HTTP on a Unix socket; nothing of it goes over a network."""

    def __init__(self, till: Till, path: str, timeout_seconds: float) -> None:
        super().__init__("localhost", timeout=timeout_seconds)
        self._till = till
        self._path = path

    def connect(self) -> None:
        self.sock = self._till.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._till.path(self._path)))


def print_by_cups(
    socket_path: str, queue: str, job: bytes, till: Till, seconds: float = CUPS_SECONDS
) -> PrintResult:
    until = time.monotonic() + seconds
    printer = _address(queue)
    connection = _Cups(till, socket_path, seconds)
    try:
        connection.connect()
    except OSError as error:
        connection.close()
        return PrintResult(Printing.NOT_SENT, f"CUPS does not answer at {socket_path}: {error.strerror}")
    try:
        taken = _asked(connection, queue, ipp.print_job(printer, _USER, _TITLE) + job)
        job_id = taken.attributes.get("job-id")
        if not taken.is_successful or not isinstance(job_id, int):
            return PrintResult(Printing.NOT_SENT, f"CUPS takes no job for {queue}: {_why(taken)}")
        return _followed(_Job(connection, queue, job_id), until)
    except RefusedError as error:
        return PrintResult(Printing.NOT_SENT, f"CUPS takes no job for {queue}: {error}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return PrintResult(Printing.UNKNOWN, f"CUPS broke off: {error}")
    finally:
        connection.close()


class RefusedError(Exception):
    """CUPS answered in HTTP alone: it did not look at the request."""


def _asked(connection: _Cups, queue: str, body: bytes) -> ipp.Answer:
    """Raise OSError, http.client.HTTPException, RefusedError or NotIppError."""
    connection.request("POST", f"/printers/{queue}", body, {"Content-Type": "application/ipp"})
    reply = connection.getresponse()
    octets = reply.read(_MOST_ANSWER_BYTES)
    if reply.status != _OK:
        raise RefusedError(f"HTTP {reply.status}")
    return ipp.decode(octets)


class _Job:
    """One job of ours in the queue. Each question raises what `_asked` raises."""

    def __init__(self, connection: _Cups, queue: str, number: int) -> None:
        self.name = f"job {queue}-{number}"
        self._connection = connection
        self._queue = queue
        self._number = number
        self._printer = _address(queue)

    def now(self) -> tuple[JobState, ipp.Answer]:
        """Raise ValueError too, for a state that IPP does not know."""
        question = ipp.get_job_attributes(self._printer, _USER, self._number)
        said = _asked(self._connection, self._queue, question)
        return JobState(int(said.attributes.get("job-state", 0))), said

    def withdraw(self) -> None:
        _asked(self._connection, self._queue, ipp.cancel_job(self._printer, _USER, self._number))


def _address(queue: str) -> str:
    return f"ipp://localhost/printers/{queue}"


def _followed(job: _Job, until: float) -> PrintResult:
    """Until the job is over. One that is held, or waits when the time is up, is withdrawn: hours later
    nobody would expect it.
    """
    before = ""
    while True:
        state, said = job.now()
        if state is JobState.COMPLETED:
            return PrintResult(Printing.ACCEPTED, f"{job.name} completed")
        if state.is_over:
            return _not_completed(f"{job.name} {before or state.name.lower()}", said)
        if state is JobState.HELD or time.monotonic() >= until:
            before = f"was {state.name.lower()} and is withdrawn"
            job.withdraw()
        time.sleep(_AGAIN_SECONDS)


def _not_completed(what: str, said: ipp.Answer) -> PrintResult:
    """A job that never came near the printer has no time-at-processing (RFC 8011 section 5.3.14.2)."""
    began = bool(said.attributes.get("time-at-processing"))
    reasons = said.attributes.get("job-state-reasons", "")
    return PrintResult(Printing.UNKNOWN if began else Printing.NOT_SENT, f"{what} ({reasons})")


def _why(said: ipp.Answer) -> str:
    return str(said.attributes.get("status-message", f"status {said.status:#06x}"))
