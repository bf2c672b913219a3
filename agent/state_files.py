"""Small files that must survive a power cut whole: written aside, synced, renamed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from probes.memory import MAX_BYTES


def write_whole(path: Path, content: bytes, *, keep_access: bool = False) -> None:
    """Either the old content or the new one, never a half; `keep_access` as owner and mode of the old one.
    Raise OSError.
    """
    aside = path.with_name(path.name + ".new")
    with aside.open("wb") as file:
        if keep_access:
            _copy_access(path, file.fileno())
        file.write(content)
        file.flush()
        os.fdatasync(file.fileno())
    aside.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def as_owner_of(folder: Path) -> Iterator[None]:
    """Root has no more rights than the account whose folder it is, which could have laid a link there.
    Raise OSError.
    """
    owner = folder.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        yield
        return
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def _copy_access(old: Path, descriptor: int) -> None:
    """Owner first: changing it may take bits of the mode away."""
    details = old.stat()
    if (details.st_uid, details.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(descriptor, details.st_uid, details.st_gid)
    os.fchmod(descriptor, details.st_mode & 0o7777)


class Memories:
    """What the probes remember, by probe id; a file that cannot be read or written costs only the memory."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.values: dict[str, dict[str, object]] = {}
        if path is not None:
            with contextlib.suppress(OSError, msgspec.MsgspecError):
                self.values = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, object]])

    def keep(self, probe_id: str, values: dict[str, object]) -> None:
        """Write only where something changed: flash wears."""
        if self.values.get(probe_id, {}) == values or len(msgspec.json.encode(values)) > MAX_BYTES:
            return
        self.values[probe_id] = values
        if self._path is not None:
            with contextlib.suppress(OSError):
                write_whole(self._path, msgspec.json.encode(self.values))
