"""Who asks, in a user namespace as systemd's PrivateUsers= makes it: root is root, all others are nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LISTENING = """
import select, sys
from pathlib import Path
from agent.control import Control
sys.stdin.readline()
control = Control(Path(sys.argv[1]))
Path(sys.argv[1]).chmod(0o666)
print("listening", flush=True)
while True:
    select.select([control], [], [])
    control.accept()
    client = control.clients[-1]
    select.select([client], [], [])
    if client.read():
        client.answer({"account": client.account})
"""
ASKING = """
import socket, sys
channel = socket.socket(socket.AF_UNIX)
channel.connect(sys.argv[1])
channel.sendall(sys.argv[2].encode() + b"\\n")
print(channel.recv(4096).decode())
"""


@pytest.fixture
def within(till_folder: Path) -> Iterator[Path]:
    """Its socket."""
    path = till_folder / "control.sock"
    daemon = subprocess.Popen(
        ["unshare", "--user", sys.executable, "-c", LISTENING, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdin
    assert daemon.stdout
    while Path(f"/proc/{daemon.pid}/ns/user").readlink() == Path("/proc/self/ns/user").readlink():
        assert daemon.poll() is None, "no user namespace on this machine"
    for name in ("uid_map", "gid_map"):
        Path(f"/proc/{daemon.pid}/{name}").write_text("0 0 1\n")
    daemon.stdin.write("\n")
    daemon.stdin.flush()
    assert daemon.stdout.readline() == "listening\n"
    yield path
    daemon.kill()
    daemon.communicate()


@pytest.mark.parametrize(
    ("uid", "claim", "account"),
    [
        (0, "li.wei", "root"),
        (1, "li.wei", "li.wei"),
        (1, "", "nobody"),
        (1, "root", "nobody"),
        (1, "6222021234567890128", "[number hidden]"),
    ],
)
def test_a_name_is_the_kernels_where_it_has_one(within: Path, uid: int, claim: str, account: str) -> None:
    """Else the client's own word, and never root's."""
    request = json.dumps({"do": "drill", "by": claim})
    who = ("setpriv", f"--reuid={uid}", "--clear-groups", "/usr/bin/python3", "-c", ASKING)
    said = subprocess.run([*who, str(within), request], capture_output=True, text=True, check=True)

    assert json.loads(said.stdout) == {"account": account}


def test_a_claim_is_a_name_and_no_sentence(within: Path) -> None:
    request = json.dumps({"do": "drill", "by": "Li Wei <b>"})
    said = subprocess.run(
        [sys.executable, "-c", ASKING, str(within), request], capture_output=True, text=True, check=True
    )

    assert "error" in json.loads(said.stdout)
