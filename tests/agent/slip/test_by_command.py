"""A slip handed to a command: what it read decides what may be claimed."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from agent.slip.by_command import print_by_command
from agent.slip.outcome import Printing
from agent.slip.printing import print_slip
from agent.slip.way import PortWay
from probes.receipt_printer.options import ReceiptPrinterOptions
from simulators.escpos_printer import EscposPrinter
from tests.broker.service import wait_for

JOB = b"\x1b@" + b"Paper out, fit a new roll\n" * 300


def command(folder: Path, program: str) -> tuple[str, ...]:
    path = folder / "pos-print"
    path.write_text(f"#!{sys.executable}\n{program}\n")
    path.chmod(0o755)
    return (str(path), "--raw")


READS_ALL = "import sys; sys.stdin.buffer.read()"
READS_SOME = "import os; os.read(0, 100)"


@pytest.mark.parametrize(
    ("program", "outcome", "detail"),
    [
        (READS_ALL, Printing.ACCEPTED, "took it"),
        (READS_ALL + "; print('no paper'); sys.exit(3)", Printing.UNKNOWN, "ended with 3, 7802 of 7802"),
        (READS_SOME + "; raise SystemExit('jam')", Printing.UNKNOWN, "100 of 7802 bytes read: jam"),
        # it said all is well and did not look at it
        (READS_SOME, Printing.UNKNOWN, "ended with 0, 100 of 7802"),
        ("", Printing.NOT_SENT, "ended with 0, 0 of 7802"),
        ("raise SystemExit('switched off')", Printing.NOT_SENT, "0 of 7802 bytes read: switched off"),
        ("import os; os.kill(os.getpid(), 9)", Printing.NOT_SENT, "ended with -9"),
        # too long, too much
        ("import time; time.sleep(60)", Printing.NOT_SENT, "0 of 7802 bytes read: it did not end in time"),
        (READS_ALL + "\nimport time; time.sleep(60)", Printing.UNKNOWN, "7802 of 7802 bytes read: it did"),
        ("while True: print('x' * 1000)", Printing.NOT_SENT, "it said too much"),
        # it leaves something behind that would read on later
        (READS_SOME + "\nif os.fork() == 0: os.setsid(); import time; time.sleep(2); os.read(0, 9000)",
         Printing.UNKNOWN, "100 of 7802"),
    ],
)  # fmt: skip
def test_what_is_told(tmp_path: Path, program: str, outcome: Printing, detail: str) -> None:
    result = print_by_command(command(tmp_path, program), JOB, seconds=1.0)
    assert result.outcome is outcome
    assert detail in result.detail


def test_what_it_leaves_behind_prints_on(tmp_path: Path) -> None:
    """A spooler that took all and prints in the background, in the same process group, is left alone."""
    paper = tmp_path / "paper"
    program = (
        "import os, sys, time; job = sys.stdin.buffer.read()\nif os.fork(): sys.exit()\ntime.sleep(0.3)\n"
    )
    result = print_by_command(command(tmp_path, program + f"open({str(paper)!r}, 'wb').write(job)"), JOB)
    wait_for(lambda: paper.exists() and paper.read_bytes() == JOB)
    assert result.outcome is Printing.ACCEPTED


def test_no_such_command() -> None:
    result = print_by_command(("/no/such/command",), JOB)
    assert (result.outcome, result.detail) == (
        Printing.NOT_SENT,
        "/no/such/command: No such file or directory",
    )


def test_no_shell_reads_its_words(tmp_path: Path) -> None:
    """Words reach it as they stand in the settings, and nothing is added to them."""
    words = command(tmp_path, "import sys; print(sys.argv[1:]); sys.exit(bool(sys.stdin.buffer.read()))")
    result = print_by_command((*words, "$HOME; rm *"), JOB)
    assert "['--raw', '$HOME; rm *']" in result.detail


def test_it_prints_through_print_slip_without_privileges(till_folder: Path) -> None:
    """As the account of the probes, on a printer that only the command knows."""
    with EscposPrinter() as printer:
        host, port = printer.tcp_address
        said = till_folder / "uid"
        said.touch()
        said.chmod(said.stat().st_mode | stat.S_IWOTH)
        program = (
            "import os, socket, sys\n"
            f"open({str(said)!r}, 'w').write(str(os.getuid()))\n"
            f"with socket.create_connection(({host!r}, {port})) as s: s.sendall(sys.stdin.buffer.read())"
        )
        way = PortWay(through="command", command=("/usr/bin/python3", "-c", program))
        result = print_slip(ReceiptPrinterOptions(), JOB, way=way)
        wait_for(lambda: printer.text().count("Paper out") == 300)
    assert result.outcome is Printing.ACCEPTED
    assert int(said.read_text()) != 0 or os.geteuid() != 0
    assert said.read_text() != "0"
