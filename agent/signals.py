"""Signals only set a flag and wake the loop."""

from __future__ import annotations

import contextlib
import signal
import socket


class Signals:
    """`stop` after SIGTERM or SIGINT, `reload` after SIGHUP; `fileno` is readable when one came."""

    def __init__(self) -> None:
        self.stop = False
        self.reload = False
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)
        self._theirs.setblocking(False)
        signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._note)

    def fileno(self) -> int:
        return self._ours.fileno()

    def drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._ours.recv(64):
                pass

    def close(self) -> None:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        self._ours.close()
        self._theirs.close()

    def _note(self, number: int, _: object) -> None:
        if number == signal.SIGHUP:
            self.reload = True
        else:
            self.stop = True
