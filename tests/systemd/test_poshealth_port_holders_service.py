"""The units of the service that looks: accepted, closed, and seeing everybody in a real systemd."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.service import ROOT
from tests.real_systemd import RealSystemd

NAME = "poshealth-port-holders"
SOCKET = (ROOT / "systemd" / f"{NAME}.socket").read_text(encoding="utf-8")
SERVICE = (ROOT / "systemd" / f"{NAME}@.service").read_text(encoding="utf-8")
BINARY = "/opt/poshealth/bin/poshealth-port-holders"
HOLD = "import os, sys, time; os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); time.sleep(1000)"
ASK = """
import os, socket, sys
os.setgid({group}); os.setuid(65534)
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(10)
connection.connect({path!r})
connection.sendall(b"who {major}:{minor}\\n")
print(connection.recv(4096).decode(), end="")
"""


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """Both, with a command that exists on this machine."""
    (tmp_path / f"{NAME}.socket").write_text(SOCKET)
    (tmp_path / f"{NAME}@.service").write_text(SERVICE.replace(BINARY, sys.executable))
    return tmp_path


@pytest.mark.parametrize("name", [f"{NAME}.socket", f"{NAME}@.service"])
def test_systemd_accepts_it(units: Path, name: str) -> None:
    """`systemd-analyze verify` has nothing to say."""
    command = ["systemd-analyze", "verify", str(units / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    complaints = [line for line in done.stderr.splitlines() if NAME in line]

    assert (done.returncode, complaints) == (0, [])


def test_it_is_closed(units: Path) -> None:
    """`systemd-analyze security` says 1.5 or lower, its two capabilities included."""
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=15"]
    done = subprocess.run(
        [*command, str(units / f"{NAME}@.service")], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stdout[-300:]


def test_it_has_the_rights_to_look_and_no_other() -> None:
    (bounding,) = re.findall(r"^CapabilityBoundingSet=(.*)$", SERVICE, re.MULTILINE)

    assert bounding.split() == ["CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"]
    assert "SocketMode=0660\n" in SOCKET
    assert "SocketGroup=poshealth\n" in SOCKET


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="poshealth-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_in_a_real_systemd_it_sees_another_users_program(folder: Path, tmp_path: Path) -> None:
    """Hardened as shipped, asked by an account that sees nothing itself; and then nothing of it is left."""
    master, slave = os.openpty()
    device = os.fstat(slave).st_rdev
    holder = f"[Service]\nExecStart={sys.executable} -c '{HOLD}' {os.ttyname(slave)}\n"
    body = SERVICE.replace(BINARY, f"{sys.executable} -m privileged.port_holders")
    body = body.replace("PrivateTmp=yes", f"PrivateTmp=no\nWorkingDirectory={ROOT}")
    body = body.replace("DynamicUser=yes", "User=nobody")  # it would hide /tmp, where the checkout may lie
    path = f"{folder}/sock"
    socket_body = SOCKET.replace("/run/poshealth-port-holders.sock", path).replace(
        "=poshealth\n", "=dialout\n"
    )
    units = {
        f"{NAME}.socket": socket_body.replace("[Unit]\n", "", 1),
        f"{NAME}@.service": body.replace("[Unit]\n", "", 1),
        "pos.service": holder,
    }
    ask = ASK.format(path=path, group=20, major=os.major(device), minor=os.minor(device))
    with RealSystemd(tmp_path / "units", units) as systemd:
        os.close(slave)
        answer = systemd.python(ask)
        pid = systemd.run("systemctl", "show", "--property=MainPID", "--value", "pos.service").strip()
        assert answer == f"held {pid} {Path(sys.executable).name[:15]}\nend\n"
        assert systemd.run("pgrep", "-f", "privileged.port_holders") == ""
    os.close(master)
