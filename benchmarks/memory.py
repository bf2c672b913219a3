"""Memory of a daemon that probes everything and reports over TLS, beside the two exporters.

`python -m benchmarks.memory`. Head office, the simulated hosts and this program run on Python too and share
the interpreter's text with the daemon, which lowers its PSS: hence the row that counts the text in full.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.peers import Peers, Scraper, peers
from benchmarks.processes import family, mebibytes_alone, pss_mebibytes
from benchmarks.rows import Row
from benchmarks.targets import ROOT, Targets
from benchmarks.terminal import PROBES, as_its_unit, check, counter, head_office, healthy, tables, terminal

COMMAND = ".venv/bin/python -m benchmarks.memory"
ROUNDS = SCRAPES = 20
SAMPLES = 40
RESIDENT = 3  # supervisor, courier and watcher; more are probes
PROMISE, AIM, PEAK = 34.0, 24.0, 70.0


def main() -> None:
    with counter() as (folder, found), peers(folder, found.authority) as exporters:
        idle = _both(exporters)
        _scrape(exporters, found)
        used = _both(exporters)
        with (
            head_office(folder, found) as office,
            terminal(folder, tables(found, healthy(found)), office, within=as_its_unit(folder)) as daemon,
        ):
            for _ in range(ROUNDS):
                check(folder, (*PROBES, "receipt_printer", "software"))
            between, alone, each = _between_rounds(daemon.pid)
            peak = _peak_with_slip(folder, daemon.pid)
    _row("memory between rounds, PSS", between, used, "both, after 20 scrapes", PROMISE)
    for name, share in each.items():
        _row(f"  of it, the {name}", share, used, "both, after 20 scrapes")
    _row("  beside the idle peers", between, idle, "both, never asked anything", AIM)
    _row("  interpreter's text counted in full", alone, used, "both, after 20 scrapes")
    _row("peak while a slip is made and printed", peak, used, "both, after 20 scrapes", PEAK)


def _both(exporters: Peers) -> float:
    return pss_mebibytes([exporters.node_pid, exporters.blackbox_pid])


def _scrape(exporters: Peers, found: Targets) -> None:
    scraper = Scraper(exporters.scrapes(found, healthy(found)))
    for _ in range(SCRAPES):
        scraper()
    scraper.close()


def _between_rounds(pid: int) -> tuple[float, float, dict[str, float]]:
    """Medians over two seconds in which nothing is probed. The larger child is the courier."""
    shared: list[tuple[float, ...]] = []
    alone: list[float] = []
    while len(shared) < SAMPLES:
        time.sleep(0.05)
        if len(pids := family(pid)) == RESIDENT:
            children = sorted(pss_mebibytes([child]) for child in pids if child != pid)
            shared.append((pss_mebibytes([pid]), *reversed(children)))
            alone.append(mebibytes_alone(pids))
    each = map(statistics.median, zip(*shared, strict=True))
    total = statistics.median(map(sum, shared))
    return total, statistics.median(alone), dict(zip(("supervisor", "courier", "watcher"), each, strict=True))


def _peak_with_slip(folder: Path, pid: int) -> float:
    """The highest sum of the daemon's, its probes' and the slip's processes. Raise RuntimeError."""
    words = ["slip", "--print", "--lang", "zh", "--settings", str(folder / "poshealth.toml")]
    command = [*as_its_unit(folder), sys.executable, "-m", "console", *words]
    slip = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    peak = 0.0
    while slip.poll() is None:
        peak = max(peak, pss_mebibytes([*family(pid), *family(slip.pid)]))
        time.sleep(0.002)
    if slip.returncode:
        raise RuntimeError(f"no slip: exit status {slip.returncode}")
    return peak


def _row(what: str, ours: float, theirs: float, beside: str, limit: float | None = None) -> None:
    Row(
        what=what,
        ours=f"{ours:.1f} MiB",
        peer=f"{theirs:.1f} MiB",
        beside=beside,
        ratio=ours / theirs,
        promise="" if limit is None else f"{'aim ' if limit == AIM else ''}<= {limit:g} MiB",
        kept=None if limit is None else ours <= limit,
        command=COMMAND,
    ).show()


if __name__ == "__main__":
    main()
