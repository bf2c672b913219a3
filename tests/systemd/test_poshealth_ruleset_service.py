"""The units of the service that lists the rules: accepted, closed, and telling them in a real systemd."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.service import ROOT
from tests.lab.shop_network import ShopNetwork
from tests.real_systemd import RealSystemd

NAME = "poshealth-ruleset"
SOCKET = (ROOT / "systemd" / f"{NAME}.socket").read_text(encoding="utf-8")
SERVICE = (ROOT / "systemd" / f"{NAME}@.service").read_text(encoding="utf-8")
BINARY = "/opt/poshealth/bin/poshealth-ruleset"
ASK = """
import os, socket
os.setgid(20); os.setuid(65534)
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(10)
connection.connect({path!r})
connection.sendall(b"list\\n")
print(connection.makefile().readline(), end="")
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
    """`systemd-analyze security` says 1.5 or lower, its capability and the host's network included."""
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=15"]
    done = subprocess.run(
        [*command, str(units / f"{NAME}@.service")], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stdout[-300:]


def test_it_has_one_right_and_the_machines_own_network() -> None:
    """In a network of its own it would see no rules; whom it tells them is the agent alone."""
    (bounding,) = re.findall(r"^CapabilityBoundingSet=(.*)$", SERVICE, re.MULTILINE)

    assert bounding == "CAP_NET_ADMIN"
    assert not re.search(
        r"^(PrivateNetwork|NetworkNamespacePath|PrivateUsers|JoinsNamespaceOf)=",
        SERVICE + SOCKET,
        re.MULTILINE,
    )
    assert "SocketMode=0660\n" in SOCKET
    assert "SocketGroup=poshealth\n" in SOCKET


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="poshealth-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_in_a_real_systemd_it_tells_an_account_without_rights(folder: Path, tmp_path: Path) -> None:
    """Hardened as shipped: rules and tables of legacy iptables; and then nothing of it is left."""
    path = f"{folder}/sock"
    body = SERVICE.replace(BINARY, f"{sys.executable} -m privileged.ruleset")
    body = body.replace("PrivateTmp=yes", f"PrivateTmp=no\nWorkingDirectory={ROOT}")
    body = body.replace("DynamicUser=yes", "User=nobody")  # it would hide /tmp, where the checkout may lie
    socket = SOCKET.replace(f"/run/{NAME}.sock", path).replace("=poshealth\n", "=dialout\n")
    units = {
        f"{NAME}.socket": socket.replace("[Unit]\n", "", 1),
        f"{NAME}@.service": body.replace("[Unit]\n", "", 1),
    }
    with ShopNetwork() as shop:
        shop.rule("terminal", "output", "tcp dport 8583 drop")
        subprocess.run([*shop.within("terminal"), "iptables-legacy", "-S"], check=True, capture_output=True)
        with RealSystemd(tmp_path / "units", units, shop.within("terminal")) as systemd:
            answer = json.loads(systemd.python(ASK.format(path=path)))
            left = systemd.run("pgrep", "-f", "privileged.ruleset")

    assert answer["legacy"] == ["ip filter"]
    assert [rule["rule"]["expr"][-1] for rule in answer["nft"]["nftables"] if "rule" in rule] == [
        {"drop": None}
    ]
    assert left == ""
