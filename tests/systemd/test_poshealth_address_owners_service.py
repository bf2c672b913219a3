"""The units of the service that asks by ARP: accepted, closed, and asking in a real systemd."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.service import ROOT
from tests.lab.shop_network import TERMINAL, ShopNetwork
from tests.real_systemd import RealSystemd

NAME = "poshealth-address-owners"
SOCKET = (ROOT / "systemd" / f"{NAME}.socket").read_text(encoding="utf-8")
SERVICE = (ROOT / "systemd" / f"{NAME}@.service").read_text(encoding="utf-8")
BINARY = "/opt/poshealth/bin/poshealth-address-owners"
ASK = """
import os, socket
os.setgid({group}); os.setuid(65534)
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(10)
connection.connect({path!r})
connection.sendall(b"who eth0 {address}\\n")
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
    """`systemd-analyze security` says 1.5 or lower, its one capability included."""
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=15"]
    done = subprocess.run(
        [*command, str(units / f"{NAME}@.service")], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stdout[-300:]


def test_it_has_the_right_to_send_arp_and_no_other() -> None:
    (bounding,) = re.findall(r"^CapabilityBoundingSet=(.*)$", SERVICE, re.MULTILINE)
    (families,) = re.findall(r"^RestrictAddressFamilies=(.*)$", SERVICE, re.MULTILINE)

    assert bounding == "CAP_NET_RAW"
    assert families.split() == ["AF_UNIX", "AF_NETLINK", "AF_PACKET"]
    assert "SocketMode=0660\n" in SOCKET
    assert "SocketGroup=poshealth\n" in SOCKET


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="poshealth-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_in_a_real_systemd_it_names_a_twin(folder: Path, tmp_path: Path) -> None:
    """Hardened as shipped, asked by an account that may send no ARP; and then nothing of it is left."""
    body = SERVICE.replace(BINARY, f"{sys.executable} -m privileged.address_owners")
    body = body.replace("PrivateTmp=yes", f"PrivateTmp=no\nWorkingDirectory={ROOT}")
    body = body.replace("DynamicUser=yes", "User=nobody")  # it would hide /tmp, where the checkout may lie
    path = f"{folder}/sock"
    socket_body = SOCKET.replace(f"/run/{NAME}.sock", path).replace("=poshealth\n", "=dialout\n")
    units = {
        f"{NAME}.socket": socket_body.replace("[Unit]\n", "", 1),
        f"{NAME}@.service": body.replace("[Unit]\n", "", 1),
    }
    ask = ASK.format(path=path, group=20, address=TERMINAL)

    def question() -> tuple[str, str]:
        with RealSystemd(tmp_path / "units", units) as systemd:
            return systemd.python(ask), systemd.run("pgrep", "-f", "privileged.address_owners")

    with ShopNetwork() as shop:
        shop.join("guest", f"{TERMINAL}/24")
        twin = shop.run("guest", lambda: Path("/sys/class/net/eth0/address").read_text().strip())
        assert shop.run("terminal", question) == (f"taken {twin}\n", "")
