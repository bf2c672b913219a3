"""What a POS that sells 200 times a second notices of our looks, and how long we lock its file.

`python -m benchmarks.beside_pos`. The writes that begin during a look are compared with those of as long a
time beside it, before or after by chance; the interval is that of the median of these pairs' ratios, by order
statistics. Locks are timed from outside, by strace.
"""

from __future__ import annotations

import math
import os
import random
import re
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from agent.account import probe_account
from agent.probe_run import start_probe
from benchmarks.rows import Row
from probes.settlement.options import SettlementOptions
from probes.settlement.probe import PROBE
from protocols.pos_database import mariadb, postgresql
from tests.busy_pos import BusyPos, Sold
from tests.pos_places import Place, in_file, on_server
from tests.real_mariadb import RealMariadb
from tests.real_postgresql import RealPostgresql

COMMAND = ".venv/bin/python -m benchmarks.beside_pos"
DRIVERS = (mariadb, postgresql)  # loaded before the fork: the probe's account may not see this folder
PAIRS = 60
PAUSE_SECONDS = 0.1
NICENESS = 5  # as systemd/poshealth.service has it
LOCKED_LOOKS = 300
MOST_LOCK_SECONDS = 0.005
CONFIDENCE = 0.95
MOST_SECONDS = 120
# strace -f -ttt: pid, seconds, call. SQLite locks bytes from here on (os_unix.c, PENDING_BYTE).
_FCNTL = re.compile(
    r"(\d+) +([\d.]+) fcntl\((\d+), F_SETLK, \{l_type=(\w+),.* l_start=(\d+), l_len=\d+\}\) = 0"
)
_PENDING_BYTE = 0x40000000
Span = tuple[float, float]


def main() -> None:
    os.nice(NICENESS)
    with tempfile.TemporaryDirectory(prefix="poshealth-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        for title, place in _places(folder):
            _paired(title, place)
        (folder / "locks").mkdir(mode=0o711)
        locked = in_file(folder / "locks", "DELETE")
        _longest_lock("as the daemon runs", locked, folder / "strace", NICENESS)
        _longest_lock("never waiting for the processor", locked, folder / "strace", -10)


def _places(folder: Path) -> Iterator[tuple[str, Place]]:
    for title, mode in (("SQLite, WAL", "WAL"), ("SQLite, rollback", "DELETE")):
        (folder / mode).mkdir(mode=0o711)
        yield title, in_file(folder / mode, mode)
    with RealPostgresql() as server:
        yield "PostgreSQL", on_server(server)
    with RealMariadb() as other:
        yield "MariaDB", on_server(other)


def _paired(title: str, place: Place) -> None:
    windows = []
    with BusyPos(place.engine, place.where, MOST_SECONDS) as pos:
        for _ in range(PAIRS):
            windows.append(_pair(place.options))
            time.sleep(PAUSE_SECONDS)
        sold = pos.stop()
    pairs = [(_writes(sold, looked), _writes(sold, idle)) for looked, idle in windows]
    medians = [
        (statistics.median(ours), statistics.median(theirs)) for ours, theirs in pairs if ours and theirs
    ]
    ratios = sorted(ours / theirs for ours, theirs in medians)
    lowest, highest = _interval(ratios)
    Row(
        what=f"POS's write, {title}",
        ours=f"{statistics.median(ours for ours, _ in medians) * 1000:.2f} ms",
        peer=f"{statistics.median(theirs for _, theirs in medians) * 1000:.2f} ms",
        beside=f"not looked at; {len(sold.errors)} of {len(sold.seconds)} busy",
        ratio=statistics.median(ratios),
        promise=f"95 %: {lowest:.2f} to {highest:.2f}",
        command=COMMAND,
    ).show()


def _pair(options: SettlementOptions) -> tuple[Span, Span]:
    """Of a look and of idleness, either of them first."""
    if random.random() < 0.5:
        began = time.monotonic()
        _look(options)
        ended = time.monotonic()
        time.sleep(ended - began)
        return (began, ended), (ended, time.monotonic())
    idle = time.monotonic()
    time.sleep(PAUSE_SECONDS)
    began = time.monotonic()
    _look(options)
    ended = time.monotonic()
    return (began, ended), (max(idle, 2 * began - ended), began)


def _look(options: SettlementOptions) -> None:
    child = start_probe(PROBE, options, Path("/"), {}, probe_account())
    while child.ending is None and not child.expire(time.monotonic()):
        if select.select([child.fd], [], [], 0.05)[0]:
            child.read()


def _writes(sold: Sold, span: Span) -> list[float]:
    """Seconds of each that began in it."""
    return [took for began, took in zip(sold.began, sold.seconds, strict=True) if span[0] <= began < span[1]]


def _interval(ratios: list[float]) -> tuple[float, float]:
    """Of their median: the k-th smallest and largest, where fewer than k of them lie beyond it by chance."""
    beyond, k = 0.0, 0
    while beyond + math.comb(len(ratios), k) / 2 ** len(ratios) <= (1 - CONFIDENCE) / 2:
        beyond += math.comb(len(ratios), k) / 2 ** len(ratios)
        k += 1
    return ratios[max(k - 1, 0)], ratios[-max(k, 1)]


def _longest_lock(title: str, place: Place, trace: Path, niceness: int) -> None:
    nice = ["nice", "-n", str(niceness - NICENESS)]
    look = [sys.executable, "-m", "benchmarks.beside_pos", place.options.database]
    strace = ["strace", "-f", "--seccomp-bpf", "-ttt", "-e", "trace=fcntl", "-o", str(trace), *look]
    with BusyPos(place.engine, place.where, MOST_SECONDS):
        subprocess.run([*nice, *strace], check=True, stderr=subprocess.DEVNULL)
    locks = sorted(_locks(trace.read_text()))
    Row(
        what=f"longest lock, {title}",
        ours=f"{locks[-1] * 1000:.2f} ms",
        peer=f"{statistics.median(locks) * 1000:.2f} ms",
        beside=f"the median of {len(locks)}",
        promise=f"<= {MOST_LOCK_SECONDS * 1000:g} ms",
        kept=locks[-1] <= MOST_LOCK_SECONDS,
        command=COMMAND,
    ).show()


def _locks(trace: str) -> Iterator[float]:
    """Seconds of each: from the first byte that is locked for reading until all is given back."""
    since: dict[tuple[str, str], float] = {}
    for pid, at, fd, kind, start in _FCNTL.findall(trace):
        if kind == "F_RDLCK" and int(start) >= _PENDING_BYTE:
            since.setdefault((pid, fd), float(at))
        elif kind == "F_UNLCK" and int(start) == 0 and (pid, fd) in since:
            yield float(at) - since.pop((pid, fd))


if __name__ == "__main__":
    if sys.argv[1:]:
        chosen = SettlementOptions(preset="unionpay", database=sys.argv[1], busy_timeout_ms=5000)
        for _ in range(LOCKED_LOOKS):
            _look(chosen)
    else:
        main()
