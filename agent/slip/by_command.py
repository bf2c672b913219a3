"""A slip handed to a command of the POS's maker: its bytes on standard input, without a shell."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
from typing import Final

from agent.slip.outcome import Printing, PrintResult

COMMAND_SECONDS: Final = 30.0
_MOST_OUTPUT_BYTES: Final = 4096
_MOST_SAID: Final = 160
_ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


def print_by_command(command: tuple[str, ...], job: bytes, seconds: float = COMMAND_SECONDS) -> PrintResult:
    """The job lies in a pipe before the command starts: what is left there shows how much it has read."""
    reading, writing = _filled_pipe(job)
    try:
        process = subprocess.Popen(
            command,
            stdin=reading,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        os.close(reading)
        return PrintResult(Printing.NOT_SENT, f"{command[0]}: {error.strerror}")
    finally:
        os.close(writing)
    with process:
        said, complaint = _watched(process, time.monotonic() + seconds)
        if complaint:
            _end_group(process)
        process.wait()
    if process.returncode or _waiting(reading):
        _end_group(process)  # what it left behind might read on; after all went well, that may be its spooler
    read = len(job) - _taken_back(reading)
    return _told(command[0], process.returncode, complaint or said, read, len(job), in_time=not complaint)


def _filled_pipe(job: bytes) -> tuple[int, int]:
    """Raise OSError."""
    reading, writing = os.pipe2(os.O_CLOEXEC)
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, max(len(job), 4096))
    os.set_blocking(writing, False)
    if os.write(writing, job) < len(job):
        os.close(reading)
        os.close(writing)
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return reading, writing


def _watched(process: subprocess.Popen[bytes], until: float) -> tuple[str, str]:
    """The last line it said, and why it must be ended where it must."""
    assert process.stdout is not None
    output, complaint = b"", ""
    ended = os.pidfd_open(process.pid)
    listening = [process.stdout.fileno()]
    try:
        while not complaint:
            ready, _, _ = select.select([ended, *listening], [], [], max(0.0, until - time.monotonic()))
            piece = os.read(listening[0], _MOST_OUTPUT_BYTES) if {*listening}.intersection(ready) else b""
            output += piece
            if piece and len(output) <= _MOST_OUTPUT_BYTES:
                continue
            if ended in ready:
                break
            complaint = "it said too much" if piece else "" if ready else "it did not end in time"
            listening = []
    finally:
        os.close(ended)
    return output.decode("utf-8", "replace").strip().rpartition("\n")[2][:_MOST_SAID], complaint


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _taken_back(reading: int) -> int:
    """Bytes nobody has read, and nobody will any more: whoever else holds the pipe finds it empty."""
    left = 0
    while waiting := _waiting(reading):
        left += len(os.read(reading, waiting))
    os.close(reading)
    return left


def _waiting(reading: int) -> int:
    (count,) = struct.unpack("i", fcntl.ioctl(reading, termios.FIONREAD, bytes(4)))
    return int(count)


def _told(name: str, status: int, said: str, read: int, whole: int, *, in_time: bool) -> PrintResult:
    """A command that ended well without reading all of it has not printed all of it."""
    if status == 0 and in_time and read == whole:
        return PrintResult(Printing.ACCEPTED, f"{name} took it")
    how = f"{name} ended with {status}" if in_time else f"{name} was ended"
    detail = f"{how}, {read} of {whole} bytes read{': ' if said else ''}{said}"
    return PrintResult(Printing.UNKNOWN if read else Printing.NOT_SENT, detail)
