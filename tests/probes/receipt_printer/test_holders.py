"""Who has a device open is seen, with or without a lock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from probes.receipt_printer.holders import holders
from probes.till import Till
from simulators.escpos_printer import EscposPrinter

HOLD = "import os, sys; os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); print(flush=True); sys.stdin.read()"


def test_a_program_that_locks_nothing_is_seen_for_as_long_as_it_runs(tmp_path: Path) -> None:
    """By a link to the device as well; the printer's own end is none of those who use it."""
    with EscposPrinter(link=tmp_path / "printer") as printer:
        name = str(tmp_path / "printer")
        assert holders(Till(), name) == ()
        command = [sys.executable, "-c", HOLD, printer.pty_path]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pos:
            assert pos.stdout is not None
            pos.stdout.readline()
            (holder,) = holders(Till(), name)
            pos.communicate()
        assert holder.endswith(f" ({pos.pid})")
        assert holders(Till(), name) == ()


def test_another_terminals_master_excuses_nobody() -> None:
    """A POS under a terminal emulator holds a master too, of another pseudo terminal."""
    master, slave = os.openpty()
    with EscposPrinter() as printer:
        command = [sys.executable, "-c", HOLD, printer.pty_path]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=(master,)
        ) as pos:
            assert pos.stdout is not None
            pos.stdout.readline()
            found = holders(Till(), printer.pty_path)
            pos.communicate()
    os.close(master)
    os.close(slave)
    assert len(found) == 1


def test_a_plain_file_is_held_by_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert holders(Till(), str(tmp_path / "file")) == ()


def test_a_device_that_is_not_there_cannot_be_looked_at() -> None:
    with pytest.raises(FileNotFoundError):
        holders(Till(), "/dev/no-such-port")
