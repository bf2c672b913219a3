"""`poshealth printer scan` against simulated printers on pseudo terminals that know their speed."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from agent.settings.settings import load
from probes.receipt_printer.options import ReceiptPrinterOptions
from simulators.escpos_printer import EscposPrinter
from tests.counter import poshealth

SETTINGS = """\
# This till
[terminal]
id = "0412-2"

[receipt_printer]
# where it hangs
port = "" # to be found
speed = 1200

[network]
gateway = "10.0.0.1" # the store's
"""
ONLY_THE_FIRST_QUESTION = re.compile(rb"(\x10\x04\x01)*")


@pytest.fixture
def printer() -> Iterator[EscposPrinter]:
    with EscposPrinter() as started:
        yield started


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "poshealth.toml"
    path.write_text(SETTINGS)
    return path


def scan(*words: str) -> subprocess.CompletedProcess[str]:
    return poshealth("printer", "scan", *words)


@pytest.mark.parametrize("speed", [9600, 19200, 38400, 115200])
def test_port_and_speed_are_found_and_written(speed: int, printer: EscposPrinter, settings: Path) -> None:
    """With nothing but DLE EOT 1, and nothing else of the file changed."""
    printer.speed = speed
    done = scan(printer.pty_path, "--yes", "--settings", str(settings))

    assert done.returncode == 0, done.stderr
    assert f"answers at {speed} baud" in done.stdout
    expected = SETTINGS.replace('port = ""', f'port = "{printer.pty_path}"').replace("1200", str(speed))
    assert settings.read_text() == expected
    assert ONLY_THE_FIRST_QUESTION.fullmatch(printer.received)


@pytest.mark.parametrize("speed", [1200, 57600])
def test_speeds_printers_seldom_have_are_tried_last(speed: int, printer: EscposPrinter) -> None:
    printer.speed = speed

    assert f"answers at {speed} baud" in scan(printer.pty_path, "--yes", "--dry-run").stdout


def test_what_was_found_is_what_the_probe_uses(printer: EscposPrinter, settings: Path) -> None:
    """The written file has no mistakes."""
    scan(printer.pty_path, "--yes", "--settings", str(settings))

    options = load(settings).options["receipt_printer"]
    assert options == ReceiptPrinterOptions(port=printer.pty_path, speed=9600)


def test_a_dry_run_shows_the_difference_and_writes_nothing(printer: EscposPrinter, settings: Path) -> None:
    done = scan(printer.pty_path, "--yes", "--dry-run", "--settings", str(settings))

    assert done.returncode == 0
    assert "\n-speed = 1200\n" in done.stdout
    assert "\n+speed = 9600\n" in done.stdout
    assert settings.read_text() == SETTINGS


def test_nothing_is_sent_before_somebody_agrees(printer: EscposPrinter, settings: Path) -> None:
    """The warning names what may happen; an empty standard input is no."""
    done = scan(printer.pty_path, "--settings", str(settings))

    assert done.returncode == 1
    assert "may print a few characters" in done.stdout
    assert printer.received == b""


def test_the_file_is_written_only_after_a_second_yes(printer: EscposPrinter, settings: Path) -> None:
    command = [sys.executable, "-m", "console", "printer", "scan", printer.pty_path, "--settings", settings]
    done = subprocess.run(
        [*map(str, command)], input="y\nn\n", text=True, capture_output=True, check=False, timeout=60
    )

    assert "+speed = 9600" in done.stdout
    assert (done.returncode, settings.read_text()) == (1, SETTINGS)


def test_a_locked_port_is_held(printer: EscposPrinter) -> None:
    """Nothing is sent to it, at no speed."""
    with serial.Serial(printer.pty_path, exclusive=True):
        done = scan(printer.pty_path, "--yes", "--dry-run")

    assert "held by" in done.stdout
    assert (done.returncode, printer.received) == (1, b"")


HOLDER = "import os, sys; os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); print(flush=True); sys.stdin.read()"


def test_a_port_held_without_a_lock_is_held(printer: EscposPrinter) -> None:
    """By whom is said: most POS applications lock nothing."""
    command = [sys.executable, "-c", HOLDER, printer.pty_path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        done = scan(printer.pty_path, "--yes", "--dry-run")
        holder.communicate()

    assert f"({holder.pid})" in done.stdout
    assert (done.returncode, printer.received) == (1, b"")


@pytest.mark.parametrize(
    ("fault", "said"), [("silent", "silent"), ("one_way", "silent"), ("garble", "garbled")], ids=str
)
def test_no_answer_is_told_from_noise(fault: str, said: str, printer: EscposPrinter, settings: Path) -> None:
    setattr(printer.faults, fault, True)
    printer.faults.answers_noise = fault == "garble"
    done = scan(printer.pty_path, "--yes", "--settings", str(settings))

    assert f"{printer.pty_path}: {said}" in done.stdout
    assert (done.returncode, settings.read_text()) == (1, SETTINGS)


def test_what_is_not_permitted_says_what_would_permit_it(printer: EscposPrinter) -> None:
    """To the unprivileged child, whoever asks."""
    Path(printer.pty_path).chmod(0)
    done = scan(printer.pty_path, "--yes", "--dry-run")

    assert f"no permission; to grant it: chgrp dialout {printer.pty_path} && chmod 660" in done.stdout


def test_what_is_no_port_is_said_so() -> None:
    assert "/dev/ttyS99: no such port" in scan("/dev/ttyS99", "--yes", "--dry-run").stdout


def test_a_network_printer_is_found_without_a_speed(printer: EscposPrinter, settings: Path) -> None:
    """The speed in the file stays as it is."""
    host, port = printer.tcp_address
    done = scan(f"socket://{host}:{port}", "--yes", "--settings", str(settings))

    assert done.returncode == 0, done.stderr
    assert settings.read_text() == SETTINGS.replace('port = ""', f'port = "socket://{host}:{port}"')


def test_a_word_that_is_no_port_is_refused() -> None:
    """Exit 64."""
    assert scan("COM1", "--yes").returncode == 64


def test_settings_with_mistakes_are_named_before_anything_is_sent(
    printer: EscposPrinter, settings: Path
) -> None:
    """Exit 78."""
    settings.write_text("[terminal]\n")

    assert scan(printer.pty_path, "--yes", "--settings", str(settings)).returncode == 78
    assert printer.received == b""


def test_owner_and_mode_of_the_file_stay(printer: EscposPrinter, settings: Path) -> None:
    """It may be readable by few, and a link in /etc stays a link."""
    settings.chmod(0o640)
    link = settings.with_name("link.toml")
    link.symlink_to(settings)
    scan(printer.pty_path, "--yes", "--settings", str(link))

    assert link.is_symlink()
    assert "9600" in settings.read_text()
    assert settings.stat().st_mode & 0o777 == 0o640


def plug_in(folder: Path, *names: str) -> contextlib.ExitStack:
    """A printer behind each name below the folder's /dev/serial/by-id."""
    by_id = folder / "dev/serial/by-id"
    by_id.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        for name in names:
            stack.enter_context(EscposPrinter(link=by_id / name))
        return stack.pop_all()


def test_without_a_port_all_are_tried_and_the_lasting_name_is_written(
    till_folder: Path, settings: Path
) -> None:
    """/dev/ttyUSB0 may be another device after a re-plug."""
    with plug_in(till_folder, "usb-FTDI-if00"):
        done = scan("--root", str(till_folder), "--yes", "--settings", str(settings))

    assert done.returncode == 0, done.stdout
    assert 'port = "/dev/serial/by-id/usb-FTDI-if00" # to be found\nspeed = 9600\n' in settings.read_text()


def test_of_two_that_answer_a_person_chooses(till_folder: Path, settings: Path) -> None:
    """A kitchen printer is not the receipt printer."""
    with plug_in(till_folder, "usb-A", "usb-B"):
        done = scan("--root", str(till_folder), "--yes", "--settings", str(settings))

    assert "More than one answers" in done.stdout
    assert (done.returncode, settings.read_text()) == (1, SETTINGS)


def test_a_till_without_any_port_says_so(till_folder: Path) -> None:
    assert "No serial port" in scan("--root", str(till_folder), "--yes", "--dry-run").stdout
