"""A file that only takes up room: on a full disk SQLite can neither delete nor checkpoint without some."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Final

BYTES: Final = 256 * 1024  # 64 to 256 KiB freed let a full spool delete 20 rows at a time (tmpfs and ext4)
ROOM: Final = 4 * BYTES  # free for everybody before it is laid again, or it would fill the disk itself
AGAIN_SECONDS: Final = 60.0


class Ballast:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._next_at = 0.0

    @property
    def is_laid(self) -> bool:
        try:
            return self._path.stat().st_size == BYTES
        except OSError:
            return False

    def spend(self) -> bool:
        """Give the room to the spool; False where there was none left to give."""
        with contextlib.suppress(OSError):
            self._path.unlink()
            self._next_at = time.monotonic() + AGAIN_SECONDS
            return True
        return False

    def lay(self, monotonic: float) -> None:
        """Where it is missing and there is room. Random bytes: no file system can store them as a hole."""
        if monotonic < self._next_at or self.is_laid:
            return
        self._next_at = monotonic + AGAIN_SECONDS
        try:
            space = os.statvfs(self._path.parent)
            if space.f_bavail * space.f_frsize >= ROOM:
                self._write()
        except OSError:
            with contextlib.suppress(OSError):
                self._path.unlink()

    def _write(self) -> None:
        with self._path.open("wb") as file:
            file.write(os.urandom(BYTES))
            file.flush()
            os.fsync(file.fileno())
