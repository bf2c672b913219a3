"""Bytes between a till and head office in a day in which nothing changes; needs root.

`python -m benchmarks.wire`, in a network namespace of its own, where loopback carries nothing else: real TLS
to a real head office. A heartbeat a second stands for one a minute, so the connection is kept, as head office
keeps it for 330 s. Counted is what the kernel counts, both ways, acknowledgements and IP headers included,
and 18 bytes of Ethernet for each packet.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from benchmarks.rows import Row
from benchmarks.targets import ROOT
from benchmarks.terminal import NEVER, counter, head_office, tables, terminal
from benchmarks.terminal import healthy as asked
from tests.counter import wait_for

COMMAND: Final = ".venv/bin/python -m benchmarks.wire"
INSIDE: Final = "POSHEALTH_BENCHMARK_INSIDE"
BEATS: Final = 240  # one full report, and the pulses between two
ETHERNET_BYTES: Final = 18
DAY: Final = 86400
PROMISES: Final = ((60, 1.5), (300, 0.5))
MEGABYTE: Final = 1_000_000


def main() -> int:
    if INSIDE not in os.environ:
        words = ["unshare", "--net", sys.executable, "-m", "benchmarks.wire"]
        return subprocess.call(words, cwd=ROOT, env={**os.environ, INSIDE: "yes"})
    subprocess.run(["ip", "link", "set", "lo", "up", "mtu", "1500"], check=True)
    beat, first = _measured()
    for seconds, megabytes in PROMISES:
        day = (first + beat * DAY / seconds) / MEGABYTE
        Row(
            what=f"on the wire in a day, a heartbeat every {seconds} s",
            ours=f"{day:.2f} MB",
            promise=f"< {megabytes:g} MB",
            kept=day < megabytes,
            command=COMMAND,
        ).show()
    Row(what="  one heartbeat, its answer included", ours=f"{beat:.0f} B", command=COMMAND).show()
    return 0


def _measured() -> tuple[float, int]:
    """Bytes of one heartbeat in the mean, and of the handshake, the first report and its answer."""
    with counter() as (folder, found), head_office(folder, found) as office:
        nothing = tables(found, asked(found), NEVER)
        with terminal(folder, nothing, office, every_seconds=1.0, watch=False):
            first = _crossed()
            time.sleep(2)
            begun, before = _numbered(folder), _crossed()
            wait_for(lambda: _numbered(folder) >= begun + BEATS, 2.0 * BEATS)
            return (_crossed() - before) / (_numbered(folder) - begun), first


def _numbered(folder: Path) -> int:
    """How many heartbeats head office has stored."""
    with contextlib.closing(sqlite3.connect(f"file:{folder}/headoffice.db?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT max(sequence) FROM record").fetchone()[0])


def _crossed() -> int:
    """Loopback counts whole IP packets, each of them once as sent."""
    lines = Path("/proc/self/net/dev").read_text().splitlines()
    counts = next(line for line in lines if line.strip().startswith("lo:")).split()
    return int(counts[9]) + int(counts[10]) * ETHERNET_BYTES


if __name__ == "__main__":
    sys.exit(main())
