"""Power cuts without a machine to cut off: a writer is frozen, its file system shut down, and mounted anew.

`python -m tests.faults.power_cuts 20` (root, a loop device): `make power-cuts`. The shutdown (ioctl
EXT4_IOC_SHUTDOWN, no flush of the journal) drops everything that was not synced, as a cut does; what a disk
may lose out of its own cache is not shown by it.
"""

from __future__ import annotations

import fcntl
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.counter import ROOT, wait_for
from tests.faults.spools import Told, judge, make_image, mounted, session_command, told

EXT4_IOC_SHUTDOWN: Final = 0x8004587D  # linux/fs/ext4/ext4.h: _IOR('X', 125, __u32)
NO_LOG_FLUSH: Final = 2
ENDLESS: Final = 1_000_000


def cut(folder: Path, seconds: float) -> tuple[Told, int]:
    """`seconds` after the first acknowledgement: what was told before the cut, how many records survived."""
    image, point = make_image(folder, 64)
    acknowledged = folder / "told"
    with mounted(image, point):
        writer = subprocess.Popen(session_command(point / "spool", acknowledged, ENDLESS), cwd=ROOT)
        wait_for(lambda: acknowledged.exists() and acknowledged.stat().st_size)
        time.sleep(seconds)
        writer.send_signal(signal.SIGSTOP)
        _pull_the_plug(point)
        writer.kill()
        writer.wait()
    with mounted(image, point):
        said = told(acknowledged)
        return said, judge(point / "spool", said)


def _pull_the_plug(point: Path) -> None:
    folder = os.open(point, os.O_RDONLY)
    try:
        fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
    finally:
        os.close(folder)


def main(cuts: int) -> int:
    """AssertionError where anything acknowledged is lost or there twice."""
    told_in_all = 0
    for number in range(1, cuts + 1):
        with tempfile.TemporaryDirectory(prefix="poshealth-cut-") as folder:
            said, survived = cut(Path(folder), random.uniform(0.05, 3.0))
        told_in_all += len(said.on_disk)
        print(
            f"cut {number}: {len(said.on_disk)} acknowledged, {survived} waited, 0 lost, 0 twice", flush=True
        )
    print(f"{cuts} power cuts: {told_in_all} acknowledged, 0 lost, 0 twice")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
