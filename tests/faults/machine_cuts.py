"""Power cuts of a whole (virtual) machine: `python -m tests.faults.machine_cuts 5 [KERNEL]`, as root.

The outbox is at work on the machine's own disk; what it acknowledged is told to the host at once. Then qemu
is killed: the machine's memory is gone, with all that its kernel had not written yet. What its disk had in a
cache of its own survives; only real hardware shows more. Then the clock of one jumps. `make machine-cuts`.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path
from shlex import join

from tests.counter import wait_for
from tests.faults.machine import BOOT_SECONDS, Machine, fetch_kernel
from tests.faults.machine_clock import jump_about
from tests.faults.spools import Told, judge, make_image, mounted, session_command, told

ENDLESS = 1_000_000


def cut(kernel: Path, folder: Path, seconds: float) -> tuple[Told, int]:
    """`seconds` after the first acknowledgement: what was told before the cut, how many records survived."""
    image, point = make_image(folder, 64)
    share = folder / "share"
    share.mkdir()
    acknowledged = share / "told"
    command = join(session_command(Path("/mnt/spool"), Path("/media/told"), ENDLESS))
    machine = Machine(kernel, folder, command, disk=image, told=share)
    try:
        wait_for(lambda: told(acknowledged).on_disk or not machine.is_running, BOOT_SECONDS)
        time.sleep(seconds)
        assert machine.is_running, machine.said
    finally:
        machine.cut_off()
    with mounted(image, point):
        said = told(acknowledged)
        return said, judge(point / "spool", said)


def main(cuts: int, kernel: Path | None) -> int:
    """AssertionError where anything acknowledged is lost or there twice."""
    told_in_all = 0
    with tempfile.TemporaryDirectory(prefix="poshealth-kernel-") as fetched:
        kernel = kernel or fetch_kernel(Path(fetched))
        for number in range(1, cuts + 1):
            with tempfile.TemporaryDirectory(prefix="poshealth-machine-") as folder:
                said, survived = cut(kernel, Path(folder), random.uniform(1.0, 8.0))
            told_in_all += len(said.on_disk)
            found = f"{len(said.on_disk)} acknowledged, {survived} waited, 0 lost, 0 twice"
            print(f"cut {number}: {found}", flush=True)
        print(f"{cuts} machines cut off: {told_in_all} acknowledged, 0 lost, 0 twice", flush=True)
        with tempfile.TemporaryDirectory(prefix="poshealth-machine-") as folder:
            jump_about(kernel, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
