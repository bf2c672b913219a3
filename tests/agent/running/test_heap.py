"""What is given back of memory that was freed."""

from __future__ import annotations

import subprocess
import sys

from tests.counter import ROOT

PROGRAM = """
from pathlib import Path
from agent.running.heap import keep_little

def kilobytes():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))

keep_little()
pieces = [b"x" * 60_000 for _ in range(200)]
full = kilobytes()
del pieces
print(full - kilobytes())
"""


def test_freed_memory_goes_back_at_once() -> None:
    """12 MB in pieces that are too small for a mapping of their own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert int(done.stdout) > 11_000
