"""A POS prints 2,000 receipts through the broker; the daemon beside it is killed, hangs, is upgraded."""

from __future__ import annotations

import contextlib
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
import pytest

from console.control_client import ask
from simulators.escpos_printer import EscposPrinter
from tests.broker.fake_pos import OURS, FakePos, ends_of, receipt, split_at_questions
from tests.broker.service import Service
from tests.counter import ROOT, WITH_US, wait_for, write_settings
from vocabulary.version import VERSION

pytestmark = pytest.mark.slow  # real processes

PRODUCT: Final = ("agent", "console", "probes", "protocols", "vocabulary")
RECEIPTS: Final = [receipt(number) for number in range(2000)]
CUTS: Final = random.Random(5)
IDLE_SECONDS, LESS_THAN_IDLE_SECONDS = 0.6, 0.05


class Daemon:
    """`poshealth run` from one copy of the code, that may be ended in any way and started from another."""

    def __init__(self, settings: Path, printer: EscposPrinter) -> None:
        self._settings, self._printer = settings, printer
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, code: Path) -> None:
        """And see that it asks the printer."""
        command = [*WITH_US, sys.executable, "-m", "console", "run", "--settings", str(self._settings)]
        self._process = subprocess.Popen(command, cwd=code, stderr=subprocess.DEVNULL)
        self.asks()

    def asks(self) -> None:
        before = self._printer.received.count(b"\x10\x04")
        wait_for(lambda: self._printer.received.count(b"\x10\x04") >= before + 8)

    def signal(self, number: int) -> None:
        """To it and all its children: a till that swaps stops the whole of it."""
        assert self._process is not None
        processes = [psutil.Process(self._process.pid)]
        for process in processes + processes[0].children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def end(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        assert self._process.wait(20) == (0 if number == signal.SIGTERM else -number)

    def version(self) -> str:
        """Of the code that runs."""
        request = {"do": "check", "probes": ["receipt_printer"]}
        report = ask(str(self._settings.parent / "control.sock"), request, 30)
        return str(report["identity"]["version"])


@pytest.fixture
def printer(till_folder: Path) -> Iterator[EscposPrinter]:
    with EscposPrinter(speed=None, flow_control="blocking", link=till_folder / "ttyS7") as started:
        yield started


@pytest.fixture
def newer(till_folder: Path) -> Path:
    """The next release beside this one."""
    folder = till_folder / "newer"
    for name in PRODUCT:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    version = folder / "vocabulary" / "version.py"
    version.write_text(version.read_text().replace('VERSION: Final = "', 'VERSION: Final = "9'))
    return folder


def settings_of(folder: Path) -> Path:
    table = f'[receipt_printer]\nport = "{folder}/ttyS7"\nowner = "broker"\n'
    table += f'broker_socket = "{folder}/broker.sock"\n[every_seconds]\nreceipt_printer = 0.2\n'
    return write_settings(folder, "", table)


def prints(pos: FakePos, first: int, last: int) -> None:
    """Every tenth with a pause in it, behind a whole line or anywhere, as of a POS that is busy."""
    for number in range(first, last):
        octets = RECEIPTS[number]
        middle = CUTS.choice((octets.index(b"\n") + 1, CUTS.randrange(len(octets))))
        pos.send(octets[:middle])
        time.sleep(0 if number % 10 else LESS_THAN_IDLE_SECONDS)
        pos.send(octets[middle:])


def trades(pos: FakePos, daemon: Daemon, first: int, last: int) -> None:
    """And every hundred receipts a quiet moment, in which the daemon does ask."""
    for number in range(first, last, 100):
        prints(pos, number, number + 100)
        daemon.asks()


def test_2000_receipts_beside_a_daemon_killed_hung_and_upgraded(
    till_folder: Path, printer: EscposPrinter, newer: Path
) -> None:
    """Every byte in order, and none of ours anywhere but between two receipts, by whichever daemon."""
    daemon = Daemon(settings_of(till_folder), printer)
    port = str(till_folder / "ttyS7")
    with Service(till_folder, port, idle_seconds=IDLE_SECONDS) as broker, FakePos(broker.link) as pos:
        daemon.start(ROOT)
        trades(pos, daemon, 0, 400)
        daemon.end(signal.SIGKILL)
        prints(pos, 400, 500)
        daemon.start(ROOT)
        trades(pos, daemon, 500, 800)
        for first in range(800, 1200, 20):  # it hangs at any moment, also while it asks
            daemon.signal(signal.SIGSTOP if first % 40 == 0 else signal.SIGCONT)
            prints(pos, first, first + 20)
        daemon.asks()
        daemon.signal(signal.SIGSTOP)
        prints(pos, 1200, 1500)
        daemon.signal(signal.SIGCONT)
        daemon.end(signal.SIGTERM)
        daemon.start(newer)
        trades(pos, daemon, 1500, 2000)
        assert daemon.version() == f"9{VERSION}"
        daemon.end(signal.SIGTERM)

    assert OURS.sub(b"", printer.received) == b"".join(RECEIPTS)
    assert split_at_questions(printer.received) <= ends_of(RECEIPTS)
    assert len(split_at_questions(printer.received)) >= 12
