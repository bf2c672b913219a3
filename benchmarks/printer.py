"""A round of the receipt printer's probe: its bytes on the line, its child's memory, and who looks for it.

`python -m benchmarks.printer`. The printer hangs on a pseudo terminal, which takes no time for a byte; a line
at 9600 baud takes ten bits for each.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.processes import family, pss_mebibytes
from benchmarks.rows import Row
from benchmarks.terminal import check, terminal
from simulators.escpos_printer import EscposPrinter
from tests.port_holders import port_holders, printer_table

COMMAND = ".venv/bin/python -m benchmarks.printer"
ROUNDS = 20
BITS, BAUD = 10, 9600  # start, 8 data, stop
MOST_LINE_SECONDS = 0.020
MOST_MEBIBYTES = 20.0


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        port_holders(Path(name)) as service,
        EscposPrinter() as printer,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        tables = f"{printer_table(printer.pty_path, service)}[every_seconds]\nreceipt_printer = 3600\n"
        with terminal(folder, tables) as daemon:
            _line_time(folder, printer)
            _child(folder, daemon.pid)
        _service(service, Path(printer.pty_path).stat().st_rdev)


def _line_time(folder: Path, printer: EscposPrinter) -> None:
    """Of the bytes of one round, both ways: each answer waits for its question."""
    before = len(printer.received) + len(printer.sent)
    wall, _ = check(folder, ("receipt_printer",))
    exchanged = len(printer.received) + len(printer.sent) - before
    seconds = exchanged * BITS / BAUD
    Row(
        what=f"DLE EOT 1-4, healthy: {exchanged} bytes at {BAUD} baud",
        ours=f"{seconds * 1000:.1f} ms",
        promise=f"<= {MOST_LINE_SECONDS * 1000:g} ms of line",
        kept=0 < seconds <= MOST_LINE_SECONDS,
        command=COMMAND,
    ).show()
    Row(
        what="  the whole check, its listening included", ours=f"{wall * 1000:.0f} ms", command=COMMAND
    ).show()


def _child(folder: Path, pid: int) -> None:
    """The highest of all samples of the probe's child, in as many rounds."""
    resident = set(family(pid))
    pss = rss = 0.0
    for _ in range(ROUNDS):
        with _checking(folder) as is_over:
            while not is_over.wait(0.001):
                for child in set(family(pid)) - resident:
                    pss = max(pss, pss_mebibytes([child]))
                    rss = max(rss, _highest_rss(child))
    _memory("probe child of the printer, peak PSS", pss)
    _memory("  peak RSS, pages shared at the fork included", rss)


@contextlib.contextmanager
def _checking(folder: Path) -> Iterator[threading.Event]:
    is_over = threading.Event()

    def work() -> None:
        check(folder, ("receipt_printer",))
        is_over.set()

    thread = threading.Thread(target=work)
    thread.start()
    yield is_over
    thread.join()


def _highest_rss(pid: int) -> float:
    with contextlib.suppress(OSError):
        found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


def _memory(what: str, mebibytes: float) -> None:
    Row(
        what=what,
        ours=f"{mebibytes:.1f} MiB",
        promise=f"< {MOST_MEBIBYTES:g} MiB",
        kept=0 < mebibytes < MOST_MEBIBYTES,
        command=COMMAND,
    ).show()


def _service(path: str, device: int) -> None:
    """Two questions on one connection, as a round asks them; the service is another process each time."""
    question = f"who {os.major(device)}:{os.minor(device)}\n".encode()
    first: list[float] = []
    second: list[float] = []
    weight = 0.0
    for _ in range(ROUNDS):
        with socket.socket(socket.AF_UNIX) as connection:
            begun = time.perf_counter()
            connection.connect(path)
            for seconds in (first, second):
                connection.sendall(question)
                connection.recv(4096)
                seconds.append(time.perf_counter() - begun)
                begun = time.perf_counter()
            weight = max(weight, *(pss_mebibytes([pid]) for pid in family(os.getpid())[1:]))
    for what, seconds in (
        ("who holds the port: first answer, its start", first),
        ("  second answer", second),
    ):
        Row(what=what, ours=f"{statistics.median(seconds) * 1000:.1f} ms", command=COMMAND).show()
    Row(what="  PSS while it lives; between rounds 0", ours=f"{weight:.1f} MiB", command=COMMAND).show()


if __name__ == "__main__":
    main()
