"""The resident child that watches for events, seen from the supervisor."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NoReturn

from agent.running.account import Account, become
from agent.running.children import isolate
from agent.running.preload import load_for_another_account
from agent.watching.places import lent, sources
from agent.watching.source import NEVER
from agent.watching.watcher_child import Watch
from probes.base import Options

BEAT_SECONDS = 30.0
MISSED_BEATS = 3
END_SECONDS = 0.5  # three bytes to the printer: it is to be left silent
RELEASE_SECONDS = 2.0  # closing a serial port waits for nothing; past this the child hangs
COVERED_SECONDS = 900.0  # between two runs of a probe whose device tells by itself
LEASE_SECONDS = 60.0  # a picture at 9600 baud takes 40 s
LAST_RESTART_SECONDS = 60.0
_LONGEST_LINE = 4096


class Watcher:
    """Starts the child after `begin`, and again when it dies or hangs; without it everything is polled."""

    def __init__(
        self,
        options: Mapping[str, Options],
        root: Path,
        account: Account | None,
        *,
        wanted: bool = True,
        beat_seconds: float = BEAT_SECONDS,
    ) -> None:
        self._options = options
        self._root = root
        self._account = account
        self._beat_seconds = beat_seconds
        self._wanted = wanted
        self._lendable = lent(options)
        self._borrowers: dict[str, set[str]] = {}
        self._asked: dict[str, float] = {}
        self._released: set[str] = set()
        self._leases: dict[str, float] = {}
        self._received = b""
        self._socket: socket.socket | None = None
        self._heard_at = 0.0
        self._start_at = NEVER
        self._born_at = 0.0
        self._deaths = 0
        self.is_watching = False
        self.pid = 0
        self.starts = 0
        self.covered: frozenset[str] = frozenset()

    def fileno(self) -> int:
        return self._socket.fileno() if self._socket else -1

    @property
    def deadline(self) -> float:
        """When `step` is wanted, though nothing is readable."""
        waits = [*self._leases.values(), *(at + RELEASE_SECONDS for at in self._asked.values())]
        return min([self._silent_at if self._socket else self._start_at, *waits])

    @property
    def _silent_at(self) -> float:
        return self._heard_at + self._beat_seconds * MISSED_BEATS

    def deaths(self, now: float) -> int:
        """In a row; over once one has lived for a minute."""
        has_lived = self._socket is not None and now - self._born_at > LAST_RESTART_SECONDS
        return 0 if has_lived else self._deaths

    def begin(self, now: float) -> None:
        """Once the first round is over: the child would hold a copy of all that is changed in it."""
        if self._wanted and self._start_at == NEVER and not self.starts:
            self._start_at = now

    def step(self, now: float) -> set[str]:
        """The probes to run at once."""
        found = self._take(now) if self._socket else set()
        hangs = now >= self._silent_at or any(now >= at + RELEASE_SECONDS for at in self._asked.values())
        if self._socket and hangs:
            self._lose(now)
        for name in [name for name, until in self._leases.items() if now >= until]:
            del self._leases[name]
            self.give_back(name, "lease")
        if not self._socket and now >= self._start_at:
            self._start(now)
        return found

    def borrow(self, name: str, borrower: str) -> bool:
        """Whether the device of this probe is free; ask again after `step` where not."""
        if name not in self._lendable:
            return True
        self._borrowers.setdefault(name, set()).add(borrower)
        if self._socket and name not in self._released and name not in self._asked:
            self._asked[name] = time.monotonic()
            self._say(f"release {name}")
        return not self._socket or name in self._released

    def give_back(self, name: str, borrower: str) -> None:
        borrowers = self._borrowers.get(name, set())
        borrowers.discard(borrower)
        if name in self._borrowers and not borrowers:
            del self._borrowers[name]
            self._asked.pop(name, None)
            self._released.discard(name)
            self._say(f"resume {name}")

    def lease(self, what: str, names: Iterable[str]) -> bool:
        """`what` is "lend" or "give-back", for a program of ours; it ends by itself after LEASE_SECONDS."""
        if what == "lend":
            until = time.monotonic() + LEASE_SECONDS
            self._leases.update(dict.fromkeys(self._lendable.intersection(names), until))
            return all([self.borrow(name, "lease") for name in names])  # noqa: C419  each is to be asked for
        for name in names:
            self._leases.pop(name, None)
            self.give_back(name, "lease")
        return False

    def take_options(self, options: Mapping[str, Options]) -> None:
        """A new child watches what the new settings ask for."""
        if options != self._options:
            self._options = options
            self._lendable = lent(options)
            self.stop()
            self._start_at = 0.0 if self.starts else NEVER

    def stop(self, patience_seconds: float = END_SECONDS) -> None:
        """The child ends by itself where it can; the kernel closes what it holds."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        until = time.monotonic() + patience_seconds
        while self.pid and os.waitpid(self.pid, os.WNOHANG)[0] != self.pid:
            if time.monotonic() < until:
                time.sleep(0.002)
                continue
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            break
        self.pid = 0
        self.is_watching = False
        self.covered = frozenset()
        self._asked.clear()
        self._released.clear()
        self._received = b""

    def _take(self, now: float) -> set[str]:
        assert self._socket is not None
        found: set[str] = set()
        try:
            chunk = self._socket.recv(1 << 16)
        except BlockingIOError:
            return found
        except OSError:
            chunk = b""
        *lines, self._received = (self._received + chunk).split(b"\n")
        for line in lines:
            found |= self._understand(line, now)
        if not chunk or len(self._received) > _LONGEST_LINE:
            self._lose(now)
        return found

    def _understand(self, line: bytes, now: float) -> set[str]:
        self._heard_at = now
        self.is_watching = True  # the first word comes after the first look
        word, *names = line.decode("utf-8", "replace").split()
        if word == "covers":
            self.covered = frozenset(names)
        elif word == "released" and names and names[0] in self._borrowers:
            self._released.add(names[0])
            self._asked.pop(names[0], None)
        return set(names) if word == "run" else set()

    def _lose(self, now: float) -> None:
        """1 s after the first death, then longer, until one has lived for a minute."""
        lived = now - self._born_at
        self._deaths = 0 if lived > LAST_RESTART_SECONDS else self._deaths + 1
        self.stop(0.0)
        self._start_at = now + min(2.0 ** max(0, self._deaths - 1), LAST_RESTART_SECONDS)

    def _say(self, line: str) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.send(line.encode() + b"\n")

    def _start(self, now: float) -> None:
        """What is lent out just now is said before it can look."""
        ours, theirs = socket.socketpair()
        if self._account is not None:
            load_for_another_account()
        try:
            pid = os.fork()
        except OSError:
            ours.close()
            theirs.close()
            self._start_at = now + LAST_RESTART_SECONDS
            return
        if pid == 0:
            ours.close()
            self._live(theirs)
        theirs.close()
        ours.setblocking(False)
        self._socket, self.pid = ours, pid
        self._heard_at = self._born_at = now
        self.starts += 1
        for name in self._borrowers:
            self._released.add(name)
            self._say(f"release {name}")

    def _live(self, channel: socket.socket) -> NoReturn:
        """Watch until the supervisor's end closes."""
        gc.disable()  # to collect would unshare the supervisor's pages
        status = 70
        try:
            found = sources(self._options, self._root)
            isolate(channel.fileno(), None, None)
            become(self._account)
            watch = Watch(channel, found, beat_seconds=self._beat_seconds, is_second=self.starts > 0)
            gc.freeze()
            gc.enable()
            watch.run()
            status = 0
        except BaseException as error:  # noqa: BLE001  nothing may escape into the supervisor's stack
            with contextlib.suppress(OSError):
                os.write(2, f"poshealth watcher: {error!r}\n".encode("utf-8", "backslashreplace"))
        finally:
            os._exit(status)
