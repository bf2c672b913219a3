"""What the kernel says of the daemon's own processes."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """The process and all that descend from it, now."""
    found = [pid]
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            found += family(int(child))
    return found


def cpu_seconds(*pids: int) -> float:
    """Of these processes and of their children that have ended, in steps of 10 ms. Raise OSError."""
    ticks = 0
    for pid in pids:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        ticks += sum(map(int, stat.rpartition(")")[2].split()[11:15]))  # utime to cstime: proc(5)
    return ticks / _TICKS


def pss_bytes(*pids: int, part: str = "Pss") -> int:
    """Proportional share of memory; one that ended, or may not be read, counts 0. `part` as in smaps_rollup
    (proc(5)): `Pss_Anon` leaves out files, whose share depends on who else uses them.
    """
    kilobytes = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
            kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith(f"{part}:"))
    return kilobytes * 1024
