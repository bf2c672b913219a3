"""What the kernel says of running processes: CPU time and memory, children included."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MAPPING = re.compile(r"[0-9a-f]+-[0-9a-f]+ \S+ (\S+ \S+ \d+)\s")


def family(pid: int) -> list[int]:
    """The process and all that descend from it, now."""
    found = [pid]
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found += family(int(child))
    return found


def cpu_seconds(*pids: int) -> float:
    """Of these processes and of their children that have ended; in steps of 10 ms, so measure many rounds."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime: proc(5)
    return ticks / _TICKS


def pss_mebibytes(pids: list[int]) -> float:
    """Proportional share of memory (proc(5), smaps_rollup), in MiB; a process that ended counts 0."""
    kilobytes = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            kilobytes += _kilobytes(f"/proc/{pid}/smaps_rollup", "Pss:")
    return kilobytes / 1024


def mebibytes_alone(pids: list[int]) -> float:
    """As `pss_mebibytes` were no other program using the same files: an interpreter's text counts in full.

    Of each file's pages the process counts that has most of them in memory.
    """
    anonymous = 0
    files: dict[str, int] = {}
    for pid in pids:
        anonymous += _kilobytes(f"/proc/{pid}/smaps_rollup", "Pss_Anon:")
        for name, kilobytes in _file_pages(pid).items():
            files[name] = max(kilobytes, files.get(name, 0))
    return (anonymous + sum(files.values())) / 1024


def _file_pages(pid: int) -> dict[str, int]:
    """Kilobytes by offset, device and inode of each mapping of a file."""
    found: dict[str, int] = {}
    name, resident = "", 0
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if mapping := _MAPPING.match(line):
            name = mapping[1]
        elif line.startswith("Rss:"):
            resident = int(line.split()[1])
        elif line.startswith("Anonymous:") and not name.endswith(" 0"):
            found[name] = found.get(name, 0) + resident - int(line.split()[1])
    return found


def _kilobytes(path: str, field: str) -> int:
    lines = Path(path).read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(field))
