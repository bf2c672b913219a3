"""How long a file of SQLite's is locked by others: a process that asks the kernel without a pause.

`python -m benchmarks.lock_watch FILE` until SIGTERM; prints the seconds of each lock as one line of
JSON. A lock that comes and goes between two answers is missed; what is printed is never too short.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import sys
import time

_FLOCK = "hhqqi"  # struct flock of fcntl(2): type, whence, start, length, pid
SHARED_FIRST, SHARED_BYTES = 0x40000002, 510  # of SQLite's os_unix.c


def main(path: str) -> None:
    over: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: over.append(number))
    asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, SHARED_FIRST, SHARED_BYTES, 0)
    seconds: list[float] = []
    since: float | None = None
    with open(path, "rb") as file:  # noqa: PTH123  a descriptor to ask with
        print("watching", flush=True)
        while not over:
            before = time.monotonic()
            found = struct.unpack(_FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))[0]
            if found == fcntl.F_UNLCK:
                if since is not None:
                    seconds.append(time.monotonic() - since)
                since = None
            elif since is None:
                since = before
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1])
