"""How long a file of SQLite's is locked by others: a process that asks the kernel without a pause.

`python -m benchmarks.lock_watch FILE` until SIGTERM; prints as one line of JSON the seconds of each lock, and
the longest time in which the watcher itself did not get to ask. A lock during which it did not for a
millisecond is left out.
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

MOST_AWAY_SECONDS = 0.001


def main(path: str) -> None:
    over: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: over.append(number))
    asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, SHARED_FIRST, SHARED_BYTES, 0)
    seconds: list[float] = []
    away, since, before = 0.0, None, time.monotonic()
    with open(path, "rb") as file:  # noqa: PTH123  a descriptor to ask with
        print("watching", flush=True)
        while not over:
            now = time.monotonic()
            away = max(away, now - before)
            is_locked = struct.unpack(_FLOCK, fcntl.fcntl(file, fcntl.F_GETLK, asked))[0] != fcntl.F_UNLCK
            if now - before > MOST_AWAY_SECONDS:
                since = None
            elif is_locked and since is None:
                since = before
            elif not is_locked and since is not None:
                seconds.append(now - since)
                since = None
            before = now
    print(json.dumps({"seconds": seconds, "away": away}))


if __name__ == "__main__":
    main(sys.argv[1])
