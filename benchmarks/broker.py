"""What the printer broker adds to a byte's way, beside the same pty without it, and what it weighs."""

from __future__ import annotations

import os
import re
import select
import statistics
import tempfile
import time
import tty
from pathlib import Path

from benchmarks.rows import Row
from tests.broker.fake_pos import FakePos, receipt
from tests.broker.service import Service

TIMES = 1000
MOST_ADDED_SECONDS = 0.005
MOST_BYTES = 12 << 20
COMMAND = ".venv/bin/python -m benchmarks.broker"


def main() -> None:
    plain, plain_end = os.openpty()
    tty.setraw(plain_end)
    printer, port = os.openpty()
    tty.setraw(port)
    with tempfile.TemporaryDirectory() as name, Service(Path(name), os.ttyname(port)) as broker:
        os.close(port)
        with FakePos(broker.link) as pos:
            for label, octets in (("10 bytes", b"TOTAL 1.0\n"), ("a receipt", receipt(1))):
                _row(
                    f"POS to printer, {label}",
                    _ways((pos.port, printer), (plain_end, plain), octets),
                )
            _row("printer to POS, one byte", _ways((printer, pos.port), (plain, plain_end), b"\x10"))
            _weight(broker.pid)


def _ways(through: tuple[int, int], direct: tuple[int, int], octets: bytes) -> list[tuple[float, float]]:
    """Seconds with and without, in turn."""
    return [(_seconds(*through, octets), _seconds(*direct, octets)) for _ in range(TIMES)]


def _seconds(into: int, out: int, octets: bytes) -> float:
    begun = time.perf_counter()
    os.write(into, octets)
    missing = len(octets)
    while missing:
        select.select([out], [], [])
        missing -= len(os.read(out, missing))
    return time.perf_counter() - begun


def _row(what: str, pairs: list[tuple[float, float]]) -> None:
    """The promise is of the slowest but one in a hundred."""
    ours, direct = (statistics.median(column) for column in zip(*pairs, strict=True))
    added = statistics.quantiles((a - b for a, b in pairs), n=100)[98]
    Row(
        what=what,
        ours=f"{ours * 1000:.3f} ms",
        peer=f"{direct * 1000:.3f} ms",
        beside="the same pty, no broker",
        ratio=ours / direct,
        promise=f"99 % add < {MOST_ADDED_SECONDS * 1000:g} ms: {added * 1000:.2f}",
        kept=added < MOST_ADDED_SECONDS,
        command=COMMAND,
    ).show()


def _weight(pid: int) -> None:
    found = re.search(r"^Pss: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    size = int(found[1]) * 1024 if found else 0
    Row(
        what="memory of the printer broker, PSS",
        ours=f"{size / (1 << 20):.1f} MB",
        promise=f"< {MOST_BYTES >> 20} MB",
        kept=0 < size < MOST_BYTES,
        command=COMMAND,
    ).show()


if __name__ == "__main__":
    main()
