"""What a POS that sells all the time notices of our looks, and how long we lock its file.

`python -m benchmarks.beside_pos`. The writes that begin during a look are compared with those of as long a
time beside it, before or after by chance; the interval is that of the median of these pairs' ratios, by order
statistics. Locks are timed from outside, by a process that asks the kernel for them.
"""

from __future__ import annotations

import json
import math
import os
import random
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from agent.running.account import probe_account
from agent.running.children import Ending
from agent.running.probe_run import collect, start_probe
from benchmarks.rows import Row
from probes.memory import Memory
from probes.settlement.options import SettlementOptions
from probes.settlement.probe import PROBE
from protocols.pos_database import mariadb, postgresql
from tests.busy_pos import SALES_A_SECOND, BusyPos, Sold
from tests.pos_places import Place, in_file, on_server
from tests.real_mariadb import RealMariadb
from tests.real_postgresql import RealPostgresql
from vocabulary.reading import Reason

COMMAND = ".venv/bin/python -m benchmarks.beside_pos"
DRIVERS = (mariadb, postgresql)  # loaded before the fork: the probe's account may not see this folder
PAIRS = 60
ROLLBACK = "SQLite, rollback"
SLOW_SALES = 25  # more would hold the lock all the time, and let no look in
SLOW_PAIRS = 150  # half of them meet no sale
PAUSE_SECONDS = 0.1
ROOM_SECONDS = 0.5  # a look takes a tenth of a second beside others
FAVOURED = -10
NICENESS = 5  # as systemd/poshealth.service has it
LOCKED_LOOKS = 50
MOST_LOCK_SECONDS = 0.005
CONFIDENCE = 0.95
MOST_SECONDS = 120
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
        _longest_lock("at the daemon's niceness", locked, NICENESS)
        _longest_lock("favoured", locked, FAVOURED)


def _places(folder: Path) -> Iterator[tuple[str, Place]]:
    for title, mode in (("SQLite, WAL", "WAL"), (ROLLBACK, "DELETE")):
        (folder / mode).mkdir(mode=0o711)
        yield title, in_file(folder / mode, mode)
    with RealPostgresql() as server:
        yield "PostgreSQL", on_server(server)
    with RealMariadb() as other:
        yield "MariaDB", on_server(other)


def _paired(title: str, place: Place) -> None:
    pace, pairs = (SLOW_SALES, SLOW_PAIRS) if title == ROLLBACK else (SALES_A_SECOND, PAIRS)
    windows: list[tuple[Span, Span]] = []
    refused = 0
    with BusyPos(place.engine, place.where, MOST_SECONDS, pace) as pos:
        while len(windows) < pairs:
            found = pair(place.options)
            refused += found is None
            windows += [found] if found else []
            time.sleep(PAUSE_SECONDS)
        sold = pos.stop()
    writes = [(_writes(sold, looked), _writes(sold, idle)) for looked, idle in windows]
    medians = [
        (statistics.median(ours), statistics.median(theirs)) for ours, theirs in writes if ours and theirs
    ]
    ratios = sorted(ours / theirs for ours, theirs in medians)
    lowest, highest = _interval(ratios)
    Row(
        what=f"POS's write, {title}",
        ours=f"{statistics.median(ours for ours, _ in medians) * 1000:.2f} ms",
        peer=f"{statistics.median(theirs for _, theirs in medians) * 1000:.2f} ms",
        beside=f"idle; {len(sold.errors)} writes, {refused} looks busy",
        ratio=statistics.median(ratios),
        promise=f"95 %: {lowest:.2f} to {highest:.2f}",
        command=COMMAND,
    ).show()


def pair(options: SettlementOptions) -> tuple[Span, Span] | None:
    """Of a look and of idleness as long, either of them first; idleness that was too short comes after it.

    None where the POS held its lock.
    """
    quiet = time.monotonic()
    if random.random() < 0.5:
        time.sleep(ROOM_SECONDS)
    began = time.monotonic()
    was_let_in = look(options)
    ended = time.monotonic()
    if not was_let_in:
        return None
    took = ended - began
    if began - quiet >= took:
        return (began, ended), (began - took, began)
    time.sleep(took)
    return (began, ended), (ended, ended + took)


def look(options: SettlementOptions) -> bool:
    """Whether it found no lock. AssertionError where it did not come to its end, or read no books."""
    child = start_probe(PROBE, options, Path("/"), Memory(), probe_account())
    while child.ending is None and not child.expire(time.monotonic()):
        if select.select([child.fd], [], [], 0.05)[0]:
            child.read()
    run = collect(child)
    assert run.ending is Ending.DONE, run.ending
    assert not run.error, run.error
    was_let_in = all(reading.reason is not Reason.BUSY for reading in run.readings)
    has_read = any("batch" in reading.facts for reading in run.readings)
    assert has_read or not was_let_in, "the books were not read"
    return was_let_in


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


def _on(processor: int, niceness: int, module: str, word: str) -> list[str]:
    """Of util-linux and coreutils."""
    where = ["taskset", "-c", str(processor), "nice", "-n", str(niceness - NICENESS)]
    return [*where, sys.executable, "-m", module, word]


def _longest_lock(title: str, place: Place, niceness: int) -> None:
    """Nobody else uses the file meanwhile: every lock is ours. Watcher and looks have a processor each."""
    ours, other, *_ = [*sorted(os.sched_getaffinity(0)), 0]
    looks = _on(ours, niceness, "benchmarks.beside_pos", place.options.database)
    watch = _on(other, FAVOURED, "benchmarks.lock_watch", place.where)
    with subprocess.Popen(watch, stdout=subprocess.PIPE, text=True) as watcher:
        assert watcher.stdout is not None
        watcher.stdout.readline()
        subprocess.run(looks, check=True)
        watcher.terminate()
        seen = json.loads(watcher.communicate()[0])
    locks = sorted(seen["seconds"])
    Row(
        what=f"longest lock, {title}",
        ours=f"{locks[-1] * 1000:.2f} ms",
        peer=f"{seen['away'] * 1000:.2f} ms",
        beside=f"a loop that only asks; {len(locks)} locks",
        promise=f"<= {MOST_LOCK_SECONDS * 1000:g} ms",
        kept=locks[-1] <= MOST_LOCK_SECONDS,
        command=COMMAND,
    ).show()


if __name__ == "__main__":
    if sys.argv[1:]:
        chosen = SettlementOptions(preset="unionpay", database=sys.argv[1], busy_timeout_ms=5000)
        for _ in range(LOCKED_LOOKS):
            look(chosen)
    else:
        main()
