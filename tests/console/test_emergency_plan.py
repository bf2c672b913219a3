"""`poshealth emergency-plan`: as text, as a picture, on paper; with nothing but the settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simulators.escpos_printer import EscposPrinter
from tests.counter import ROOT, daemon, poshealth, write_settings

pytestmark = pytest.mark.slow  # real processes

PRINTER = '[receipt_printer]\nport = "{port}"\nowner = "ours"\n[contacts.acquirer]\nphone = "555-0116"\n'


def settings(folder: Path) -> str:
    return str(write_settings(folder, "", PRINTER.format(port=folder / "ttyPOS")))


def test_it_needs_no_network(till_folder: Path) -> None:
    """In a network namespace without as much as a loopback, as another account's process."""
    command = ["unshare", "--net", sys.executable, "-m", "console", "emergency-plan", "--settings"]
    done = subprocess.run(
        [*command, settings(till_folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Call acquirer 555-0116" in done.stdout


def test_the_preview_is_a_picture(till_folder: Path) -> None:
    """Its name is printed; the language is as asked for."""
    path = till_folder / "plan.png"
    done = poshealth(
        "emergency-plan", "--settings", settings(till_folder), "--lang", "zh", "--preview", str(path)
    )
    assert (done.returncode, done.stdout) == (0, f"{path}\n")
    assert path.read_bytes().startswith(b"\x89PNG")


def test_without_a_daemon_the_command_prints_it(till_folder: Path) -> None:
    """Confirmed by the printer, and no probe was run for it."""
    with EscposPrinter(link=till_folder / "ttyPOS") as printer:
        done = poshealth("emergency-plan", "--settings", settings(till_folder), "--print")
    assert (done.returncode, done.stderr) == (0, "Slip printed\n")
    assert "Call acquirer 555-0116" in printer.text()


def test_the_daemon_prints_it_where_one_runs(till_folder: Path) -> None:
    """Its watcher has the printer's port; it is the plan that comes out, not the report."""
    path = settings(till_folder)
    with EscposPrinter(link=till_folder / "ttyPOS") as printer, daemon(Path(path)):
        done = poshealth("emergency-plan", "--settings", path, "--print", "--lang", "zh")
        assert (done.returncode, done.stderr) == (0, "Slip printed\n")
        assert "应急预案" in printer.text()


def test_a_printer_that_is_gone_leaves_it_on_the_screen(till_folder: Path) -> None:
    """Exit 1, with why, and the plan itself."""
    done = poshealth("emergency-plan", "--settings", settings(till_folder), "--print")
    assert (done.returncode, done.stderr) == (1, "Slip not-sent: the printer is not there\n")
    assert "Emergency plan" in done.stdout


def test_settings_that_are_wrong_are_named(tmp_path: Path) -> None:
    """Exit 78."""
    assert poshealth("emergency-plan", "--settings", str(tmp_path / "none")).returncode == 78
