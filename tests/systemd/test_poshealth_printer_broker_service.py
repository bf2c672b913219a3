"""The broker's unit: accepted, closed, and in a real systemd the POS's port outlives a kill."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from simulators.escpos_printer import EscposPrinter
from tests.broker.fake_pos import FakePos
from tests.broker.service import ROOT, wait_for
from tests.real_systemd import RealSystemd

UNIT = (ROOT / "systemd" / "poshealth-printer-broker.service").read_text(encoding="utf-8")
BINARY = "/opt/poshealth/bin/poshealth-printer-broker"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a command that exists on this machine."""
    path = tmp_path / "poshealth-printer-broker.service"
    path.write_text(UNIT.replace(BINARY, sys.executable))
    return path


def test_systemd_accepts_it(unit: Path) -> None:
    """`systemd-analyze verify` has nothing to say."""
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=60, check=False
    )
    complaints = [line for line in done.stderr.splitlines() if "printer-broker" in line]

    assert (done.returncode, complaints) == (0, [])


def test_it_is_closed(unit: Path) -> None:
    """`systemd-analyze security` says 1.5 or lower."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-300:]


def test_its_user_is_made() -> None:
    """By the file that systemd-sysusers reads."""
    assert "\nu poshealth-printer -" in (ROOT / "systemd" / "poshealth.sysusers").read_text()


def as_tested(folder: Path, port: str) -> str:
    """The unit as it stands, with an account, a place and a command that are there in a test."""
    command = f"{sys.executable} -m broker {port} --link {folder}/pos --socket {folder}/sock"
    body = re.sub(r"ExecStart=.*", f"ExecStart={command} --socket-group dialout", UNIT)
    body = re.sub(r"(User|Group)=poshealth-printer", r"\1=nogroup", body).replace(
        "User=nogroup", "User=nobody"
    )
    body = body.replace("dialout lp poshealth", "dialout lp").replace(
        "EnvironmentFile=/", "EnvironmentFile=-/"
    )
    body = body.replace("PrivateTmp=yes", f"PrivateTmp=no\nReadWritePaths={folder}\nWorkingDirectory={ROOT}")
    return body.replace("[Unit]\n", "", 1)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the account nobody may write."""
    with tempfile.TemporaryDirectory(prefix="poshealth-test-") as name:
        os.chown(name, 65534, 65534)
        yield Path(name)


def test_in_a_real_systemd_the_open_port_outlives_a_kill(folder: Path, tmp_path: Path) -> None:
    """Hardened as shipped: what the POS writes while the broker is dead arrives after its restart."""
    with (
        EscposPrinter(speed=None) as printer,
        RealSystemd(tmp_path / "units", {"broker.service": as_tested(folder, printer.pty_path)}),
    ):
        wait_for((folder / "sock").exists)
        with FakePos(folder / "pos") as pos:
            pos.send(b"before\n\x10\x04\x01")
            assert pos.hear() == b"\x12"
            running = broker_processes(folder)
            running[0].kill()
            pos.send(b"meanwhile\n")
            wait_for(lambda: b"meanwhile\n" in printer.received)
            pos.send(b"after\n")
            wait_for(lambda: printer.received == b"before\n\x10\x04\x01meanwhile\nafter\n")

        assert len(running) == 1
        assert broker_processes(folder) != running


def broker_processes(folder: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if f"{folder}/pos" in (process.info["cmdline"] or ())
    ]
