"""`poshealth status` as a technician types it, beside the same interpreter doing nothing.

The interpreter is started outside our virtual environment, whose start alone would double the denominator.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.rows import Row
from benchmarks.terminal import NEVER, counter, healthy, tables, terminal

PAIRS = 40
LIMIT = 5.0


def main() -> None:
    script = Path(sys.executable).with_name("poshealth")
    python = str(Path(sys.executable).resolve())
    ours: list[float] = []
    nothing: list[float] = []
    with counter() as (folder, found), terminal(folder, tables(found, healthy(found), NEVER)):
        words = [str(script), "status", "--socket", str(folder / "control.sock")]
        for _ in range(PAIRS):
            ours.append(_seconds(words, "terminal "))
            nothing.append(_seconds([python, "-c", "pass"], ""))
    ratio = statistics.median(a / b for a, b in zip(ours, nothing, strict=True))
    Row(
        what="poshealth status, cold",
        ours=f"{statistics.median(ours) * 1000:.1f} ms",
        peer=f"{statistics.median(nothing) * 1000:.1f} ms",
        beside="python3 -c pass",
        ratio=ratio,
        promise=f"< {LIMIT:g} x",
        kept=ratio < LIMIT,
        command=".venv/bin/python -m benchmarks.status",
    ).show()


def _seconds(words: list[str], said: str) -> float:
    """Of one whole process. Raise RuntimeError where it does not say what it should."""
    begun = time.perf_counter()
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    seconds = time.perf_counter() - begun
    if not done.stdout.startswith(said) or done.stderr:
        raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")
    return seconds


if __name__ == "__main__":
    main()
