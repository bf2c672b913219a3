"""/proc/self/mountinfo, as proc_pid_mountinfo(5) describes it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from msgspec import Struct


class Mount(Struct, frozen=True, kw_only=True):
    """`device` is "major:minor"; `options` are the file system's own, not those of this one mount point."""

    point: str
    root: str
    device: str
    kind: str
    source: str
    options: frozenset[str]

    @property
    def takes_writes(self) -> bool:
        """By the file system's own word: a service sees all mount points read-only (ProtectSystem=).

        After an error ext4 of Linux 6.18 says "emergency_ro" beside "rw" (older ones say "ro").
        """
        return not self.options & {"ro", "emergency_ro", "shutdown"}


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """In the kernel's order: of two at one point the later one hides the earlier. Odd lines are left out."""
    found = []
    for line in text.splitlines():
        before, separator, after = line.partition(" - ")
        head, tail = before.split(" "), after.split(" ")
        if separator and len(head) >= 6 and len(tail) >= 3:
            found.append(
                Mount(
                    point=_unescaped(head[4]),
                    root=_unescaped(head[3]),
                    device=head[2],
                    kind=tail[0],
                    source=_unescaped(tail[1]),
                    options=frozenset(tail[2].split(",")),
                )
            )
    return tuple(found)


def mount_of(path: str, mounts: tuple[Mount, ...]) -> Mount | None:
    """Where a file of this path lies: the longest point that is above it, or it."""
    place = PurePosixPath(path)
    above = [each for each in mounts if place.is_relative_to(each.point)]
    return max(reversed(above), key=lambda each: len(PurePosixPath(each.point).parts), default=None)


def points_of_disk(path: str, mounts: tuple[Mount, ...]) -> tuple[str, ...]:
    """Wherever the disk of this path is mounted: a service's own folders are mounts of their own."""
    own = mount_of(path, mounts)
    return tuple(dict.fromkeys(each.point for each in mounts if own and each.device == own.device))


def _unescaped(text: str) -> str:
    """Blanks and backslashes come as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
