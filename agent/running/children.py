"""Forked children that may hang, leak or die while nothing else notices."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from agent.running.account import Account, become
from agent.running.preload import load_for_another_account

Write = Callable[[bytes], None]

KEPT_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
MAX_GROWTH = 1 << 30  # beyond what is mapped at the fork; python-escpos and Pillow map 300 MB
MAX_OPEN_FILES = 256  # 20 ports at once plus two traces of 12 hops
GRACE_SECONDS = 0.3  # between a closed pipe, or SIGKILL, and the exit
LAST_RESORT_SECONDS = 2  # should we be gone, the kernel's alarm ends the child this long after its deadline


class Ending(StrEnum):
    DONE = "done"
    TIMED_OUT = "timed-out"
    TOO_MUCH_OUTPUT = "too-much-output"
    DIED = "died"


class Child:
    """One forked piece of work, its pipe and its deadline; `output` grows as `read` is called."""

    def __init__(self, name: str, pid: int, fd: int, deadline: float, max_output_bytes: int) -> None:
        self.name = name
        self.pid = pid
        self.fd = fd
        self.started = time.monotonic()
        self.deadline = deadline
        self.output = bytearray()
        self.ending: Ending | None = None
        self.exit_status: int | None = None
        self._max_output_bytes = max_output_bytes

    def read(self) -> bool:
        """Take what the pipe holds; False once the child is over (and reaped)."""
        try:
            chunk = os.read(self.fd, 65536)
        except BlockingIOError:
            return True
        self.output += chunk
        if len(self.output) > self._max_output_bytes:
            self.end(Ending.TOO_MUCH_OUTPUT)
        elif not chunk:
            self.end(Ending.DONE)
        return self.ending is None

    def expire(self, now: float) -> bool:
        """End the child where its deadline is over."""
        if self.ending is None and now >= self.deadline:
            self.end(Ending.TIMED_OUT)
        return self.ending is not None

    def end(self, ending: Ending) -> None:
        """Close, kill the whole process group, reap.

        An orderly child has closed its pipe by exiting; one that closed it and sleeps on is killed too.
        A child that not even SIGKILL ends (stuck in a driver) is `lingering`: `reap` it later.
        """
        if self.ending is not None:
            return
        os.close(self.fd)
        self.ending = ending
        if ending is Ending.DONE and self._reaped_within(GRACE_SECONDS):
            self.ending = Ending.DIED if self.exit_status else Ending.DONE
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        if self.lingering:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._reaped_within(GRACE_SECONDS)

    @property
    def lingering(self) -> bool:
        return self.ending is not None and self.exit_status is None

    def reap(self) -> bool:
        """Whether the process is gone; never waits."""
        if self.exit_status is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self.exit_status = os.waitstatus_to_exitcode(status)
        return self.exit_status is not None

    def _reaped_within(self, seconds: float) -> bool:
        limit = time.monotonic() + seconds
        while not self.reap() and time.monotonic() < limit:
            time.sleep(0.0005)
        return self.exit_status is not None


def start(
    name: str,
    work: Callable[[Write], None],
    *,
    timeout_seconds: float,
    account: Account | None = None,
    max_output_bytes: int = 256 * 1024,
) -> Child:
    """Fork a child that runs `work` and exits. Raise OSError where no process can be had."""
    if account is not None:
        load_for_another_account()
    reading, writing = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        raise
    if pid == 0:
        _live(work, writing, timeout_seconds, account)
    os.close(writing)
    os.set_blocking(reading, False)
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)  # both sides do it: whoever comes first
    return Child(name, pid, reading, time.monotonic() + timeout_seconds, max_output_bytes)


def _live(
    work: Callable[[Write], None], fd: int, timeout_seconds: float, account: Account | None
) -> NoReturn:
    """The child's whole life: never return into the parent's code, never run its finalisers."""
    status = 70  # EX_SOFTWARE
    try:
        isolate(fd, timeout_seconds + LAST_RESORT_SECONDS, account)
        work(lambda chunk: _write_all(fd, chunk))
        status = 0
    except BaseException as error:  # noqa: BLE001  nothing may escape into the parent's stack
        with contextlib.suppress(OSError):
            os.write(2, f"poshealth child: {error!r}\n".encode("utf-8", "backslashreplace"))
    finally:
        os._exit(status)


def isolate(keep_fd: int, alarm_seconds: float | None, account: Account | None) -> None:
    """Own process group, default signals, no inherited descriptors, limits, no privileges."""
    gc.disable()  # a short life: collecting would only unshare the parent's pages
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    for number in KEPT_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # a host that closes while we send is an OSError
    if alarm_seconds is not None:
        signal.setitimer(signal.ITIMER_REAL, alarm_seconds)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    _close_all_but(keep_fd)
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, _mapped_bytes() + MAX_GROWTH),
        (resource.RLIMIT_NOFILE, MAX_OPEN_FILES),
    ):
        _, hard = resource.getrlimit(kind)
        wanted = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (wanted, wanted))
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        os.environ.pop(name, None)  # systemd/systemd: tools run by a child would report on our unit
    become(account)


def _mapped_bytes() -> int:
    """Of this process, by proc(5): the first of statm, in pages."""
    with Path("/proc/self/statm").open("rb") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _close_all_but(keep_fd: int) -> None:
    os.closerange(3, keep_fd)
    os.closerange(keep_fd + 1, 65536)


def _write_all(fd: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(fd, view) :]
