"""The process that keeps programs of others, outside the group of whoever asked.

Should that one be killed, the keeper ends them before it goes; what they leave behind becomes its child
(prctl(2), PR_SET_CHILD_SUBREAPER), even out of a session of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

import msgspec

from probes.programs import END_SECONDS, Ending, Program, Ran, Running

SIDE_BY_SIDE: Final = 7  # as many as the agent's own children: more only queue for the two cores
LAST_RESORT_SECONDS: Final = 2  # the kernel's alarm ends a keeper that lives this much longer than it may

_SET_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG, linux/prctl.h
_SET_SUBREAPER: Final = 36  # PR_SET_CHILD_SUBREAPER


def run_programs(
    programs: Sequence[Program], *, within_seconds: float, environment: Mapping[str, str]
) -> Iterator[Ran]:
    """As they end; nothing of them runs when this is over. One is missing where the keeper itself was killed.

    Raise OSError where no process can be had.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _keep(programs, writing, within_seconds, environment)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as answers:
            for line in answers:
                if line.endswith(b"\n"):
                    yield msgspec.json.decode(line, type=Ran)
    finally:
        os.waitpid(pid, 0)


def _keep(
    programs: Sequence[Program], answers: int, within_seconds: float, environment: Mapping[str, str]
) -> NoReturn:
    """A forked child's whole life: a line of JSON for every program as it ends."""
    try:
        os.setpgid(0, 0)
        os.closerange(3, answers)
        os.closerange(answers + 1, os.sysconf("SC_OPEN_MAX"))
        signal.setitimer(signal.ITIMER_REAL, within_seconds + LAST_RESORT_SECONDS)
        ctypes.CDLL(None).prctl(_SET_SUBREAPER, 1)
        _Keeper(answers, within_seconds, environment).run(programs)
    finally:
        os._exit(0)


class _Keeper:
    """`answers` is the pipe to whoever asked: one line per program, and its error tells that nobody reads."""

    def __init__(self, answers: int, within_seconds: float, environment: Mapping[str, str]) -> None:
        self._answers = answers
        self._until = time.monotonic() + within_seconds
        self._environment = dict(environment)
        self._running: list[Running] = []
        self._bell, ringing = os.pipe()  # a byte for every SIGCHLD
        for fd in (self._bell, ringing):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(ringing, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self, programs: Sequence[Program]) -> None:
        waiting = deque(programs)
        try:
            while (waiting or self._running) and not self._is_alone():
                while waiting and len(self._running) < SIDE_BY_SIDE:
                    self._start(waiting.popleft())
                self._wait()
                self._take()
        finally:
            for each in self._running:
                each.end()
            _end_strays()

    def _is_alone(self) -> bool:
        poller = select.poll()
        poller.register(self._answers, 0)
        return bool(poller.poll(0))  # POLLERR: the reading end is closed (pipe(7))

    def _start(self, program: Program) -> None:
        if time.monotonic() + program.timeout_seconds > self._until:
            self._tell(Ran(name=program.name, ending=Ending.NOT_STARTED))
            return
        try:
            process = subprocess.Popen(
                program.words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment,
                cwd="/",
                umask=0o077,
                start_new_session=True,
                preexec_fn=_bind_to_keeper,  # noqa: PLW1509  this process has one thread
            )
        except OSError as error:
            self._tell(Ran(name=program.name, ending=Ending.CANNOT_START, errno=error.errno or 0))
            return
        self._running.append(Running(program, process))

    def _wait(self) -> None:
        """Until one says something or ends, a deadline is over, or nobody reads any more."""
        if not self._running:
            return
        poller = select.poll()
        poller.register(self._answers, 0)
        poller.register(self._bell, select.POLLIN)
        for fd in (fd for each in self._running for fd in each.fds):
            poller.register(fd, select.POLLIN)
        first = min(each.deadline for each in self._running)
        poller.poll(max(0.0, first - time.monotonic()) * 1000 + 1)
        with contextlib.suppress(BlockingIOError):
            os.read(self._bell, 4096)

    def _take(self) -> None:
        now = time.monotonic()
        for each in [each for each in self._running if each.look(now)]:
            each.end()
            self._running.remove(each)
            self._tell(each.result())
        self._reap_orphans()

    def _reap_orphans(self) -> None:
        """Those that programs left behind and that have ended by now; dead ones still count as tasks."""
        leaders = {each.process.pid for each in self._running}
        with contextlib.suppress(ChildProcessError):
            while found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if found.si_pid in leaders:
                    return
                os.waitpid(found.si_pid, 0)

    def _tell(self, ran: Ran) -> None:
        line = memoryview(msgspec.json.encode(ran) + b"\n")
        with contextlib.suppress(BrokenPipeError):
            while line:
                line = line[os.write(self._answers, line) :]


def _bind_to_keeper() -> None:
    """Between fork and exec: without its keeper it ends at once, and where memory runs out it goes first."""
    ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _end_strays() -> None:
    """What programs left behind has become our child; killing one may bring its own children."""
    limit = time.monotonic() + END_SECONDS
    while time.monotonic() < limit:
        try:
            reaped, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not reaped:
            for pid in _children():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.001)


def _children() -> Iterator[int]:
    """By the fourth column of /proc/PID/stat (proc(5)), behind a name that may hold anything."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            columns = path.read_bytes().rpartition(b")")[2].split()
            if int(columns[1]) == os.getpid():
                yield int(path.parent.name)
