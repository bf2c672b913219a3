"""25 checks through a warm daemon, beside blackbox_exporter and node_exporter asked for the same ones.

`python -m benchmarks.sweep healthy` or `black-holes`. Both sides take turns (A B A B) at the same hosts.
"""

from __future__ import annotations

import statistics
import sys
import time

from benchmarks.peers import Scraper, peers
from benchmarks.processes import cpu_seconds
from benchmarks.rows import Row
from benchmarks.targets import HOLES, Targets
from benchmarks.terminal import (
    HOST_CHECKS,
    NEVER,
    UPS_CHECKS,
    Asked,
    check,
    counter,
    healthy,
    tables,
    terminal,
    with_black_holes,
)

COMMAND = ".venv/bin/python -m benchmarks.sweep"
PEERS = "blackbox + node_exporter"
PAIRS = 25
TIMEOUT_SECONDS = 3.0
CPU_MS = 25.0  # promised where the peers took 12 ms (Debian 12, two cores): read the ratio beside it


def main() -> None:
    ways = {"healthy": measure_healthy, "black-holes": measure_black_holes}
    for name in sys.argv[1:] or ways:
        ways[name]()


def measure_healthy() -> None:
    ours: list[float] = []
    theirs: list[float] = []
    with counter() as (folder, found), peers(folder, found.authority) as exporters:
        asked = healthy(found)
        scraper = Scraper(exporters.scrapes(found, asked))
        with terminal(folder, tables(found, asked, NEVER)) as process:
            _must_agree(check(folder)[1], scraper(), found, asked)
            our_cpu, their_cpu = cpu_seconds(process.pid), exporters.cpu_seconds()
            for _ in range(PAIRS):
                ours.append(check(folder)[0])
                theirs.append(_timed(scraper))
            our_cpu = (cpu_seconds(process.pid) - our_cpu) / PAIRS
            their_cpu = (exporters.cpu_seconds() - their_cpu) / PAIRS
        scraper.close()
    wall = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    Row(
        what="25 healthy checks, daemon warm: wall",
        ours=_ms(statistics.median(ours)),
        peer=_ms(statistics.median(theirs)),
        beside=PEERS,
        ratio=wall,
        promise="below the peers",
        kept=wall < 1,
        command=f"{COMMAND} healthy",
    ).show()
    Row(
        what="the same: CPU, children included",
        ours=_ms(our_cpu),
        peer=_ms(their_cpu),
        beside="the same, without who asks them",
        ratio=our_cpu / their_cpu,
        promise=f"< {CPU_MS:g} ms",
        kept=our_cpu * 1000 < CPU_MS,
        command=f"{COMMAND} healthy",
    ).show()


def measure_black_holes() -> None:
    with counter() as (folder, found), peers(folder, found.authority) as exporters:
        asked = with_black_holes(found)
        scraper = Scraper(exporters.scrapes(found, asked))
        with terminal(folder, tables(found, asked, NEVER)):
            ours, worst = check(folder)
            theirs = _timed(scraper)
            _must_agree(worst, scraper(), found, asked)
        scraper.close()
    Row(
        what=f"25 checks, {HOLES} of them black holes: wall",
        ours=f"{ours:.2f} s",
        peer=f"{theirs:.2f} s",
        beside=PEERS,
        ratio=ours / theirs,
        promise=f"<= 1.1 x {TIMEOUT_SECONDS:g} s timeout",
        kept=ours <= 1.1 * TIMEOUT_SECONDS,
        command=f"{COMMAND} black-holes",
    ).show()


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _timed(scraper: Scraper) -> float:
    begun = time.perf_counter()
    scraper()
    return time.perf_counter() - begun


def _must_agree(worst: dict[str, str], answers: list[str], found: Targets, asked: Asked) -> None:
    """Raise RuntimeError unless both sides find well what is well, and the black holes broken."""
    holes = {f"127.0.0.1:{port}" for port in found.holes} | {
        name for name, port in asked.lines if port in found.holes
    }
    expected = {subject: "failing" if subject in holes else "ok" for subject in asked.subjects}
    expected |= dict.fromkeys((*found.resolvers, *UPS_CHECKS), "ok")
    wrong = {
        subject: worst.get(subject) for subject, status in expected.items() if worst.get(subject) != status
    }
    failed = sum("probe_success 0" in answer for answer in answers)
    if wrong or failed != sum(subject in holes for subject in expected):
        raise RuntimeError(f"not the 25 checks that were meant: ours {wrong}, {failed} of the peers' failed")
    for code in HOST_CHECKS:
        if worst.get(code) != "ok":
            print(f"# {code}: {worst.get(code, 'not known')} on this machine", file=sys.stderr)


if __name__ == "__main__":
    main()
