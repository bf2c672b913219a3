"""In the machine: a till at work, whose clock is set as the host wants it.

`python -m tests.faults.machine_till PORT`, of head office on the host. /media/clock tells by how many seconds
the clock is to be off; /media/status is told by how many it is, and what the daemon says of itself. It ends
where the daemon does.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

from console.control_client import NoDaemonError, ask
from tests.counter import ROOT, write_settings
from tests.faults.gate import Gate, forwarding

HOST = "10.0.2.2"  # its loopback, in qemu's user network
EVERY_SECONDS = 1.0
FOLDER, TOLD = Path("/mnt/till"), Path("/media")
TABLES = f"[every_seconds]\ndevice = {EVERY_SECONDS}\n"


def main(port: int) -> int:
    FOLDER.mkdir()
    begun = time.time() - time.monotonic()  # noqa: TID251  the true clock, as long as nobody has set it
    with Gate(forwarding(port, host=HOST)) as gate:
        settings = write_settings(FOLDER, gate.url, TABLES, every=EVERY_SECONDS)
        command = [sys.executable, "-m", "console", "run", "--settings", str(settings)]
        till = subprocess.Popen(command, cwd=ROOT)
        off = 0.0
        while till.poll() is None:
            if (wanted := _wanted()) != off:
                off = wanted
                time.clock_settime(time.CLOCK_REALTIME, begun + time.monotonic() + off)
            with contextlib.suppress(NoDaemonError):
                _tell({"off": off, **ask(str(FOLDER / "control.sock"), {"do": "status"}, 30)})
            time.sleep(0.2)
        return till.returncode


def _wanted() -> float:
    with contextlib.suppress(FileNotFoundError):
        return float((TOLD / "clock").read_text())
    return 0.0


def _tell(status: dict[str, object]) -> None:
    (TOLD / "next").write_text(json.dumps(status))
    (TOLD / "next").rename(TOLD / "status")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
