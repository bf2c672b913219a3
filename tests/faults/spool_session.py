"""An outbox at work in a process of its own, to be killed, cut off or lied to by its disk.

`python -m tests.faults.spool_session FOLDER ACKNOWLEDGED COUNT`: each heartbeat's key goes into the file
ACKNOWLEDGED, which is not on the disk at fault, once its commit has returned. Head office takes every tenth.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from agent.outbox.outbox import Outbox
from tests.agent.outboxes import large, pulse


def main(folder: Path, acknowledged: Path, count: int) -> int:
    outbox = Outbox(folder)
    with acknowledged.open("ab", buffering=0) as told:
        for number in range(count):
            outbox._return_at = 0.0  # go back to the disk as soon as it lets us
            sequence = outbox.put(large if number % 7 == 0 else pulse)
            os.write(told.fileno(), f"{outbox.spool_id} {sequence} {bool(outbox.trouble):d}\n".encode())
            if number % 10 == 9:
                load = outbox.load(5, 1 << 20)
                os.write(told.fileno(), f"{load.spool} {load.records[-1].sequence} confirmed\n".encode())
                outbox.confirm(load.spool, load.records[-1].sequence)
    print(outbox.trouble or "on disk")
    outbox.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
