"""Which programs have a device open, with or without a lock, by /proc."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from probes.till import Till


def holders(till: Till, name: str) -> tuple[str, ...]:
    """Names of programs that have the device open: "pos (812)". Raise OSError where there is no device.

    Without root only one's own programs are seen: see `sees_everybody`.
    """
    wanted = till.stat(name)
    if not stat.S_ISCHR(wanted.st_mode):
        return ()
    processes = [name for name in till.names("/proc") if name.isdigit()]
    found = [name for name in processes if _holds(till.path(f"/proc/{name}"), wanted)]
    return tuple(f"{till.read_line(f'/proc/{name}/comm', '?')} ({name})" for name in found)


def sees_everybody() -> bool:
    return os.geteuid() == 0


def _holds(process: Path, wanted: os.stat_result) -> bool:
    """Whoever made a pseudo terminal is its other end: what answers there, not who uses it."""
    try:
        descriptors = list((process / "fd").iterdir())
    except OSError:
        return False
    is_open = any(_device(each) == wanted.st_rdev for each in descriptors)
    return is_open and not any(_is_other_end(each, wanted.st_rdev) for each in descriptors)


def _device(descriptor: Path) -> int | None:
    try:
        found = descriptor.stat()
    except OSError:
        return None
    return found.st_rdev if stat.S_ISCHR(found.st_mode) else None


_FIRST_PTY_MAJOR, _LAST_PTY_MAJOR = 136, 143  # Documentation/admin-guide/devices.txt: UNIX98 pty slaves
_PTMX = os.makedev(5, 2)


def _is_other_end(descriptor: Path, device: int) -> bool:
    if not _FIRST_PTY_MAJOR <= os.major(device) <= _LAST_PTY_MAJOR or _device(descriptor) != _PTMX:
        return False
    try:
        details = (descriptor.parents[1] / "fdinfo" / descriptor.name).read_text(encoding="ascii")
    except OSError:
        return False
    index = re.search(r"^tty-index:\s*(\d+)", details, re.MULTILINE)
    return index is not None and int(index[1]) == os.minor(device) + 256 * (
        os.major(device) - _FIRST_PTY_MAJOR
    )
