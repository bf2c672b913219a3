"""The files of a pattern, oldest first: what a folder holds may go while it is looked at."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from probes.till import Till
from protocols.pos_database.database import DatabaseError, Trouble

MAX_FILES: Final = 20_000  # of one pattern, in a folder nobody ever cleans


class Found(Struct, frozen=True):
    path: Path
    stat: os.stat_result


def matching_files(pattern: str, till: Till) -> list[Found]:
    """Of "/var/spool/pos/settled-*.txt". Raise DatabaseError where the folder cannot be looked at, or holds
    more than MAX_FILES of them.
    """
    folder, _, wanted = pattern.rpartition("/")
    try:
        paths = [path for path in till.path(folder).iterdir() if fnmatch.fnmatchcase(path.name, wanted)]
        if len(paths) > MAX_FILES:
            raise DatabaseError(Trouble.FAILED, f"{folder}: more than {MAX_FILES} files")
        return sorted(_those_there(paths), key=lambda found: found.stat.st_mtime_ns)
    except PermissionError:
        raise DatabaseError(Trouble.REFUSED, f"no right to look into {folder}") from None
    except OSError as error:
        raise DatabaseError(Trouble.NOT_THERE, f"{folder}: {error.strerror}") from None


def _those_there(paths: Iterable[Path]) -> Iterator[Found]:
    """Raise OSError."""
    for path in paths:
        with suppress(FileNotFoundError):
            yield Found(path, path.stat())
