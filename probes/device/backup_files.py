"""The files that a backup's settings mean, the newest first."""

from __future__ import annotations

import fnmatch
import stat
from pathlib import Path, PurePosixPath
from typing import Final

from msgspec import Struct

from probes.payment_lines.clock import RELEASED
from probes.till import Till

LIST_SECONDS: Final = (
    1.0  # for one folder, of the probe's 15; local, it is enough for a hundred thousand files
)
AHEAD_SECONDS: Final = 86400.0  # our choice: zones and summer time shift a file's time by less than a day


class TooManyError(Exception):
    """Not all of a folder could be looked at: which is the newest is not known."""


class BackupFile(Struct, frozen=True):
    """`written` in wall seconds, `size` in bytes."""

    path: Path
    written: float
    size: int

    def is_ahead(self, now: float) -> bool:
        """Of the future, which says nothing of its age; where the till's clock is years slow all would be."""
        return now >= RELEASED and self.written > now + AHEAD_SECONDS


def backup_files(pattern: str, till: Till) -> list[BackupFile]:
    """As of fnmatch(3) in the last part. Those from the future only where there is no other.

    Raise OSError, TooManyError.
    """
    place = PurePosixPath(pattern)
    folder = till.path(str(place.parent))
    until = till.monotonic_seconds() + LIST_SECONDS
    found = []
    try:
        names = fnmatch.filter((each.name for each in folder.iterdir()), place.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    for name in names:
        if till.monotonic_seconds() > until:
            raise TooManyError
        try:
            status = (folder / name).stat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(status.st_mode):
            found.append(BackupFile(folder / name, status.st_mtime, status.st_size))
    now = till.wall_seconds()
    of_now = [each for each in found if not each.is_ahead(now)]
    return sorted(of_now or found, key=lambda each: each.written, reverse=True)
