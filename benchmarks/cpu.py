"""A minute of a daemon that is left alone: every probe at its own interval, head office told over TLS.

`python -m benchmarks.cpu`. The exporters do nothing until they are asked: they are asked for the same 25
checks once a minute, which is how often we make most of them.
"""

from __future__ import annotations

import time

from benchmarks.peers import Peers, Scraper, peers
from benchmarks.processes import cpu_seconds, family
from benchmarks.rows import Row
from benchmarks.targets import Targets
from benchmarks.terminal import as_its_unit, counter, head_office, healthy, tables, terminal

WINDOW_SECONDS = 60.0
SCRAPES = 20
LIMIT_PERCENT = 0.3


def main() -> None:
    with counter() as (folder, found), peers(folder, found.authority) as exporters:
        theirs = _of_one_scrape(exporters, found)
        with (
            head_office(folder, found) as office,
            terminal(folder, tables(found, healthy(found)), office, within=as_its_unit(folder)) as daemon,
        ):
            resident = family(daemon.pid)
            before = cpu_seconds(*resident)
            time.sleep(WINDOW_SECONDS)
            ours = cpu_seconds(*resident) - before
    percent = 100 * ours / WINDOW_SECONDS
    Row(
        what="CPU of one core, default intervals, 60 s",
        ours=f"{percent:.2f} %",
        peer=f"{100 * theirs / WINDOW_SECONDS:.2f} %",
        beside="both, asked once in 60 s",
        ratio=ours / theirs,
        promise=f"< {LIMIT_PERCENT:g} %",
        kept=percent < LIMIT_PERCENT,
        command=".venv/bin/python -m benchmarks.cpu",
    ).show()


def _of_one_scrape(exporters: Peers, found: Targets) -> float:
    scraper = Scraper(exporters.scrapes(found, healthy(found)))
    scraper()
    before = exporters.cpu_seconds()
    for _ in range(SCRAPES):
        scraper()
    scraper.close()
    return (exporters.cpu_seconds() - before) / SCRAPES


if __name__ == "__main__":
    main()
