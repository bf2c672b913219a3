"""From an event at the till to head office's own list, while every probe is due once an hour.

`python -m benchmarks.telling`. The printer is simulated and tells by itself (paper out); the clock stops when
head office's JSON shows the cause.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.events import PAUSE_SECONDS, PROBES, TIMES
from benchmarks.rows import Row
from simulators.escpos_printer import EscposPrinter
from tests.counter import HeadOffice, daemon, wait_for, write_settings

LIMIT_SECONDS: Final = 2.0
CODE: Final = "receipt-printer.paper-out"


def main() -> None:
    took: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        office = HeadOffice(folder)
        office.start()
        with EscposPrinter(speed=None, link=folder / "ttyS7") as printer:
            hourly = "[every_seconds]\n" + "".join(f"{probe} = 3600\n" for probe in PROBES)
            printer_table = f'[receipt_printer]\nowner = "ours"\nport = "{folder}/ttyS7"\n'
            network = '[network]\nresolvers = ["127.0.0.1:1"]\n'
            settings = write_settings(folder, office.url, hourly + printer_table + network, every=60.0)
            with daemon(settings):
                wait_for(lambda: b"\x1d\x61\x0f" in printer.received, 30)
                for _ in range(TIMES):
                    time.sleep(PAUSE_SECONDS)
                    took.append(_seconds(office, printer))
        office.stop()
    Row(
        what="automatic status (paper out) to head office",
        ours=f"{statistics.median(took) * 1000:.0f} ms",
        promise=f"< {LIMIT_SECONDS:g} s: {max(took) * 1000:.0f} ms",
        kept=max(took) < LIMIT_SECONDS,
        command=".venv/bin/python -m benchmarks.telling",
    ).show()


def _seconds(office: HeadOffice, printer: EscposPrinter) -> float:
    begun = time.perf_counter()
    printer.state.paper_out = True
    _until(lambda: _is_known(office))
    took = time.perf_counter() - begun
    printer.state.paper_out = False
    _until(lambda: not _is_known(office))
    return took


def _is_known(office: HeadOffice) -> bool:
    return any(cause["code"] == CODE for row in office.terminals() for cause in row["causes"])


def _until(happened: Callable[[], bool]) -> None:
    """Raise TimeoutError."""
    limit = time.perf_counter() + 30.0
    while not happened():
        if time.perf_counter() > limit:
            raise TimeoutError("head office never heard of it")
        time.sleep(0.01)


if __name__ == "__main__":
    main()
