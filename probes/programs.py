"""Programs of others: what is asked of one, one under way, and how it ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from enum import StrEnum
from typing import Final

from msgspec import Struct

MAX_OUTPUT_BYTES: Final = (
    64 * 1024
)  # as NRPE's protocol version 3 (its issue 32); the probe shows a line of it
END_SECONDS: Final = 0.5  # between SIGKILL and the exit; what not even that ends may stay


class Program(Struct, frozen=True, kw_only=True):
    """`words[0]` is an absolute path; there is no shell."""

    name: str
    words: tuple[str, ...]
    timeout_seconds: float


class Ending(StrEnum):
    """CANNOT_START: `errno` says why. NOT_STARTED: its deadline would have lain beyond the time for all."""

    EXITED = "exited"
    TIMED_OUT = "timed-out"
    TOO_MUCH_OUTPUT = "too-much-output"
    CANNOT_START = "cannot-start"
    NOT_STARTED = "not-started"


class Ran(Struct, frozen=True, kw_only=True):
    """`status` is negative where a signal ended it. Undecodable bytes are escaped."""

    name: str
    ending: Ending
    status: int = 0
    stdout: str = ""
    stderr: str = ""
    errno: int = 0


class Running:
    """One program under way. `output` maps its two pipes to what came out, `fds` are those still open."""

    def __init__(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None and process.stderr is not None  # noqa: PT018  both are pipes
        self.name = program.name
        self.process = process
        self.deadline = time.monotonic() + program.timeout_seconds
        self.ending: Ending | None = None
        self.output = {pipe.fileno(): bytearray() for pipe in (process.stdout, process.stderr)}
        self.fds = set(self.output)
        for fd in self.fds:
            os.set_blocking(fd, False)

    def read(self) -> None:
        """What its pipes hold; whoever else has them open is not waited for."""
        for fd in tuple(self.fds):
            taken = self.output[fd]
            with contextlib.suppress(BlockingIOError):
                while len(taken) <= MAX_OUTPUT_BYTES:
                    if not (chunk := os.read(fd, 65536)):
                        self.fds.discard(fd)
                        break
                    taken += chunk

    def look(self, now: float) -> bool:
        """Whether it is over by now, by itself or by us."""
        self.read()
        if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            self.ending = Ending.EXITED
        elif any(len(taken) > MAX_OUTPUT_BYTES for taken in self.output.values()):
            self.ending = Ending.TOO_MUCH_OUTPUT
        elif now >= self.deadline:
            self.ending = Ending.TIMED_OUT
        return self.ending is not None

    def end(self) -> None:
        """Kill its group, before its number can become another's, and reap it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)

    def result(self) -> Ran:
        """Its last words are read after its end."""
        self.read()
        stdout, stderr = (taken[:MAX_OUTPUT_BYTES] for taken in self.output.values())
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return Ran(
            name=self.name,
            ending=self.ending or Ending.TIMED_OUT,
            status=self.process.returncode or 0,
            stdout=stdout.decode("utf-8", "backslashreplace"),
            stderr=stderr.decode("utf-8", "backslashreplace"),
        )
