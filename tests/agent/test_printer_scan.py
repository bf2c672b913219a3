"""A scan runs in a child that is nobody and can be killed, and waits for our own probe to let go."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent import printer_scan
from agent.printer_scan import scan_port
from probes.receipt_printer.scan import Finding, Found
from simulators.escpos_printer import EscposPrinter

HOLD_A_WHILE = (
    "import os, sys, time; os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); print(flush=True); time.sleep(1)"
)


def test_a_port_that_is_let_go_within_seconds_is_scanned() -> None:
    """Our own probe asks its four questions and is gone."""
    with EscposPrinter() as printer:
        command = [sys.executable, "-c", HOLD_A_WHILE, printer.pty_path]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            finding = scan_port(printer.pty_path)

        assert finding == Finding(port=printer.pty_path, found=Found.ANSWERS, speed=9600)


def test_the_child_is_never_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks: a port that nobody else may open is not permitted."""
    with EscposPrinter() as printer:
        Path(printer.pty_path).chmod(0o600 if os.geteuid() == 0 else 0)

        assert scan_port(printer.pty_path).found is Found.NO_PERMISSION


def test_a_scan_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver may never return from opening a port."""
    monkeypatch.setattr(printer_scan, "MOST_SECONDS", 0.3)
    with EscposPrinter() as printer:
        printer.faults.silent = True
        finding = scan_port(printer.pty_path)

    assert (finding.found, finding.detail) == (Found.GONE, "the scan of this port ended: timed-out")
