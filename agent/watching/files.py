"""Files that probes read and other programs replace: the folder tells, the file's own marks decide."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from agent.watching.log_lines import WatchedLog
from agent.watching.source import Source

# Renamed over, written in place, or taken away: resolvconf, NetworkManager and people each do it their way.
_NEWS = fcntl.DN_MODIFY | fcntl.DN_CREATE | fcntl.DN_DELETE | fcntl.DN_RENAME | fcntl.DN_MULTISHOT

_Mark = tuple[int, int, int, int] | None


class FileSource(Source):
    """`probes` by file. fcntl(2) F_NOTIFY sends SIGIO, which wakes the loop through `fileno`."""

    def __init__(self, probes: Mapping[Path, tuple[str, ...]], logs: tuple[WatchedLog, ...] = ()) -> None:
        concerned = [*probes.values(), *(log.probes for log in logs)]
        self.probes = tuple(dict.fromkeys(name for names in concerned for name in names))
        self._probes = probes
        self._logs = logs
        self._marks: dict[Path, _Mark] = {}
        self._folders: dict[Path, int] = {}
        self._woken: socket.socket | None = None
        self._wakes: socket.socket | None = None

    @property
    def is_well(self) -> bool:
        return self._woken is not None

    def open(self, now: float) -> None:
        del now
        self._woken, self._wakes = socket.socketpair()
        self._woken.setblocking(False)
        self._wakes.setblocking(False)
        signal.signal(signal.SIGIO, lambda *_: None)
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        self._watch_folders()
        self._marks = {path: _mark(path) for path in self._probes}
        for log in self._logs:
            log.begin()

    def close(self) -> None:
        signal.set_wakeup_fd(-1)
        for descriptor in self._folders.values():
            os.close(descriptor)
        self._folders.clear()
        for each in (self._woken, self._wakes):
            if each is not None:
                each.close()
        self._woken = self._wakes = None

    def fileno(self) -> int:
        return self._woken.fileno() if self._woken else -1

    def step(self, now: float) -> set[str]:
        del now
        assert self._woken is not None
        with contextlib.suppress(BlockingIOError):
            while self._woken.recv(512):
                pass
        self._watch_folders()  # a link may lead somewhere else now
        found: set[str] = set()
        for path, probes in self._probes.items():
            mark = _mark(path)
            if mark != self._marks[path]:
                self._marks[path] = mark
                found.update(probes)
        for log in self._logs:
            if log.says_something():
                found.update(log.probes)
        return found

    def _watch_folders(self) -> None:
        """Where the name stands and where it leads; a folder that is not there is left to polling."""
        wanted = {path.parent for path in self._probes}
        wanted |= {Path(os.path.realpath(path)).parent for path in self._probes}
        wanted |= {log.folder for log in self._logs}
        for gone in self._folders.keys() - wanted:
            os.close(self._folders.pop(gone))
        for folder in wanted - self._folders.keys():
            with contextlib.suppress(OSError):
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                self._folders[folder] = descriptor
                fcntl.fcntl(descriptor, fcntl.F_NOTIFY, _NEWS)


def _mark(path: Path) -> _Mark:
    """None where the file cannot be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
