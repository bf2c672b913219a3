"""Which programs have a device open, locked or not, by /proc; and the answer of the service that looks.

Only what is needed is read: of a process its descriptors' targets, and of one that holds the device its name.
"""

from __future__ import annotations

import os
import re
import stat
from typing import Final, NamedTuple

_GONE = (FileNotFoundError, ProcessLookupError, NotADirectoryError)  # it ended, or closed it, while we looked
_FIRST_PTY_MAJOR, _LAST_PTY_MAJOR = 136, 143  # Documentation/admin-guide/devices.txt: UNIX98 pty slaves
_PTMX = os.makedev(5, 2)
_LONGEST_NAME = 64  # of a process it is 15 bytes, of a kernel worker up to 63

_HELD: Final = re.compile(r"held (\d{1,10}) (.+)")


class Holder(NamedTuple):
    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.pid})"


class Look(NamedTuple):
    """`is_complete`: every process could be looked into; else there may be holders that were not seen."""

    holders: tuple[Holder, ...]
    is_complete: bool


class NotTold(Exception):  # noqa: N818  an answer, not a mistake: the service says why it cannot tell
    """The service's answer does not say who holds the device; `args[0]` is why."""


def look(device: int, proc: str = "/proc") -> Look:
    """Who has this character device open. Processes that begin while we look are looked at too.

    Process 1 starts programs and prints nothing itself; where a machine lets nobody look into it, that hides
    no POS. But it must be there: hidepid= hides what we may not look into.
    """
    looked_at: set[str] = set()
    found: list[Holder] = []
    is_complete = "1" in _processes(proc)
    while new := _processes(proc) - looked_at:
        for process in sorted(new, key=int):
            try:
                if _holds(f"{proc}/{process}", device):
                    found.append(Holder(int(process), _name(f"{proc}/{process}/comm")))
            except _GONE:
                continue
            except OSError:
                is_complete = is_complete and process == "1"
        looked_at |= new
    return Look(tuple(found), is_complete)


def character_device(path: str) -> int | None:
    """The device's number, links followed; None where it is something else. Raise OSError."""
    found = os.stat(path)  # noqa: PTH116  pathlib would cost the service that looks a third of its start
    return found.st_rdev if stat.S_ISCHR(found.st_mode) else None


def lines(seen: Look) -> list[str]:
    """A look as the service tells it, each without its newline."""
    if not seen.holders and not seen.is_complete:
        return ["unknown not every process could be looked into"]
    return [*(f"held {holder.pid} {holder.name}" for holder in seen.holders), "end"]


def told(answer: list[str]) -> tuple[Holder, ...]:
    """Who holds the device, of whole lines up to "end". Raise NotTold for anything else."""
    *held, last = answer or [""]
    found = [_HELD.fullmatch(line) for line in held]
    if last != "end" or None in found:
        raise NotTold(last.partition(" ")[2] if last.startswith("unknown ") else "its answer makes no sense")
    return tuple(Holder(int(each[1]), each[2]) for each in found if each)


def _processes(proc: str) -> set[str]:
    """Empty where there is no such folder."""
    try:
        return {name for name in os.listdir(proc) if name.isdigit()}  # noqa: PTH208  names, not paths
    except FileNotFoundError:
        return set()


def _holds(process: str, device: int) -> bool:
    """Whoever made a pseudo terminal is its other end: what answers there, not who uses it."""
    descriptors = _descriptors(process)
    if not any(_device(each) == device for each in descriptors):
        return False
    return not any(_is_other_end(each, device) for each in descriptors)


def _descriptors(process: str) -> list[str]:
    """Those of its first thread; where that one has ended before the others, theirs."""
    found = [f"{process}/fd/{name}" for name in os.listdir(f"{process}/fd")]  # noqa: PTH208  names
    if found:
        return found
    threads = [f"{process}/task/{name}/fd" for name in os.listdir(f"{process}/task")]  # noqa: PTH208  names
    return [f"{each}/{name}" for each in threads for name in os.listdir(each)]  # noqa: PTH208  names


def _device(descriptor: str) -> int | None:
    """Only what lies in a folder "dev" is asked what it is: a file of a dead network share would hang us."""
    try:
        target = os.readlink(descriptor)  # noqa: PTH115  a link of /proc, no path
        return character_device(descriptor) if "/dev/" in target else None
    except _GONE:
        return None


def _is_other_end(descriptor: str, device: int) -> bool:
    major = os.major(device)
    if not _FIRST_PTY_MAJOR <= major <= _LAST_PTY_MAJOR or _device(descriptor) != _PTMX:
        return False
    index = re.search(rb"^tty-index:\s*(\d+)", _read(descriptor.replace("/fd/", "/fdinfo/")), re.MULTILINE)
    return index is not None and int(index[1]) == os.minor(device) + 256 * (major - _FIRST_PTY_MAJOR)


def _name(comm: str) -> str:
    """A program may call itself anything, a new line in it too."""
    name = _read(comm).decode("utf-8", "replace").removesuffix("\n")[:_LONGEST_NAME]
    return "".join(letter if letter.isprintable() else "?" for letter in name) or "?"


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123  as above
            return file.read(4096)
    except _GONE:
        return b""
