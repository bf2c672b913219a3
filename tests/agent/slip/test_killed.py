"""Killed with SIGKILL at every system call on the way to the paper: one slip at most, and a true journal."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Final

import psutil
import pytest

from agent.slip.journal import SlipJournal
from simulators.escpos_printer import EscposPrinter
from tests.counter import ROOT, wait_for
from vocabulary.report import Fate

pytestmark = pytest.mark.slow  # real processes under strace

FRAME: Final = "NOT A RECEIPT"
LAST_LINE: Final = "coated side to the print head."


def at_the_counter(folder: Path, port: str, *tracer: str) -> int:
    """One life of a desk with a cause before it; its exit status, negative where it was killed."""
    command = [sys.executable, "-m", "tests.agent.slip.counter_without_rounds", str(folder), port]
    return subprocess.run(
        [*tracer, *command], cwd=ROOT, timeout=60, check=False, stderr=subprocess.DEVNULL
    ).returncode


def killer(calls: str, number: int, *more: str) -> list[str]:
    inject = f"inject={calls}:signal=SIGKILL:when={number}"
    return ["strace", "-qq", *more, "-o", "/dev/null", "-e", f"trace={calls}", "-e", inject]


def left_over(folder: Path) -> list[psutil.Process]:
    """The children, and theirs, of a desk that was killed."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if str(folder) in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def is_over(folder: Path) -> bool:
    return not left_over(folder)


def end_all(folder: Path) -> None:
    for process in left_over(folder):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def fates(folder: Path) -> list[Fate]:
    return [note.fate for note in SlipJournal(folder / "slips.json", 0.0).notes]


def judge(folder: Path, printer: EscposPrinter) -> Fate:
    """After the restart: what the journal says is what lies on the paper."""
    (fate,) = fates(folder)
    slips = printer.text().count(LAST_LINE)
    assert slips <= 1
    assert printer.text().count(FRAME) <= 1
    assert fate in (Fate.PRINTED, Fate.UNKNOWN)
    assert slips == 1 or fate is Fate.UNKNOWN
    return fate


@pytest.mark.parametrize("call", ["write", "fdatasync", "rename", "fsync", "pipe2", "clone", "wait4"])
@pytest.mark.parametrize("dies", ["the agent alone", "the whole till"])
def test_the_agent_is_killed_at_every_call(till_folder: Path, dies: str, call: str) -> None:
    """Before "sending" is on the disk it prints after the restart; from then on never again."""
    ended: list[Fate] = []
    with EscposPrinter() as printer:
        for folder in (till_folder / str(number) for number in range(1, 30)):
            folder.mkdir()
            tracer = killer(call, len(ended) + 1)
            status = at_the_counter(folder, printer.pty_path, *tracer)
            if dies == "the whole till":
                end_all(folder)
            assert at_the_counter(folder, printer.pty_path) == 0
            wait_for(partial(is_over, folder))
            ended.append(judge(folder, printer))
            printer.tear_off()
            if status == 0:
                break

    assert status == 0, "the way has an end"
    assert ended[0] is Fate.PRINTED, "the first such call comes before the slip was begun"
    # Of its two or three waits for a child none need fall into the sending: that is the scheduler's choice.
    assert call == "wait4" or Fate.UNKNOWN in ended[1:-1]


def test_the_printing_child_is_killed_at_every_write(till_folder: Path) -> None:
    """The agent lives on, says unknown, and neither it nor the next one prints it again."""
    ended: list[Fate] = []
    with EscposPrinter() as printer:
        for number in range(1, 30):
            folder = till_folder / str(number)
            folder.mkdir()
            at_port = killer("write", number, "-f", "-P", printer.pty_path)
            assert at_the_counter(folder, printer.pty_path, *at_port) == 0
            assert at_the_counter(folder, printer.pty_path) == 0
            ended.append(judge(folder, printer))
            printer.tear_off()
            if ended[-1] is Fate.PRINTED:
                break

    assert len(ended) > 3
    assert set(ended[:-1]) == {Fate.UNKNOWN}


@pytest.mark.parametrize("end", [0, 1, 60, -1])
def test_a_torn_journal_prints_nothing(till_folder: Path, end: int) -> None:
    """What was told before is not known any more: the cause that is there is taken as told."""
    with EscposPrinter() as printer:
        assert at_the_counter(till_folder, printer.pty_path) == 0
        path = till_folder / "slips.json"
        path.write_bytes(path.read_bytes()[:end])
        assert at_the_counter(till_folder, printer.pty_path) == 0

        assert printer.text().count(FRAME) == 1


def test_without_a_disk_nothing_prints_by_itself(till_folder: Path) -> None:
    """A folder in the way of the file that is written aside: the slip waits, and not a byte goes out."""
    (till_folder / "slips.json.new").mkdir()
    with EscposPrinter() as printer:
        assert at_the_counter(till_folder, printer.pty_path) == 0

        assert printer.received == b""
        (till_folder / "slips.json.new").rmdir()
        assert at_the_counter(till_folder, printer.pty_path) == 0
        assert printer.text().count(FRAME) == 1
