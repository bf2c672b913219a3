"""What the kernel says of running processes: CPU time and memory, children included."""

from __future__ import annotations

import re
from pathlib import Path

from agent.own_processes import cpu_seconds, family, pss_bytes

__all__ = ("cpu_seconds", "family", "mebibytes_alone", "pss_mebibytes")

_MAPPING = re.compile(r"[0-9a-f]+-[0-9a-f]+ \S+ (\S+ \S+ \d+)\s")


def pss_mebibytes(pids: list[int]) -> float:
    """Proportional share of memory (proc(5), smaps_rollup), in MiB; a process that ended counts 0."""
    return pss_bytes(*pids) / (1 << 20)


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
