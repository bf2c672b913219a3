"""A shop counter for tests: head office, daemon and settings as real processes on loopback."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

TOKEN = "0123456789abcdef0123456789abcdef"
PASSWORD = "look at it"
ROOT = Path(__file__).parents[1]
WITH_US = ("setpriv", "--pdeathsig", "TERM")  # nothing stays behind of a test run that is broken off


class HeadOffice:
    """`python -m headoffice` on a port and a database that survive `stop` and `start`."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "headoffice.db"
        self.token = folder / "token"
        self.token.write_text(TOKEN)
        self._password = folder / "viewer"
        self._password.write_text(PASSWORD)
        self._listen = "127.0.0.1:0"
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://{self._listen}"

    def start(self) -> None:
        command = [*WITH_US, sys.executable, "-m", "headoffice", "--listen", self._listen]
        files = [
            "--database",
            self.database,
            "--token-file",
            self.token,
            "--viewer-password-file",
            self._password,
        ]
        self._process = subprocess.Popen(
            [*command, *map(str, files)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        self._listen = json.loads(self._process.stdout.readline())["listening"]

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def terminals(self) -> list[dict[str, Any]]:
        terminals: list[dict[str, Any]] = self._listing("/v1/terminals")["terminals"]
        return terminals

    def terminal(self, name: str) -> dict[str, Any]:
        return self._listing(f"/v1/terminals/{name}")

    def _listing(self, path: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {PASSWORD}"}
        answer = requests.get(self.url + path, headers=headers, timeout=5)
        answer.raise_for_status()
        listing: dict[str, Any] = answer.json()
        return listing


GUEST = """
[device]
time_server = false
load_per_processor = 1000
"""
"""The machine of the tests has no time server, perhaps, and other work to do: that is nobody's fault."""


def write_settings(folder: Path, office_url: str, tables: str, *, every: float = 1.0) -> Path:
    """A settings file whose daemon beats every `every` seconds; `tables` is further TOML."""
    (folder / "token").write_text(TOKEN)
    (folder / "token").chmod(0o600)
    path = folder / "poshealth.toml"
    path.write_text(
        f"""
[terminal]
id = "0412-2"
store = "0412"
till = "2"

[head_office]
url = "{office_url}"
token_file = "{folder}/token"
every_seconds = {every}

[daemon]
state_folder = "{folder}/state"
control_socket = "{folder}/control.sock"
splay_seconds = 0
{"" if "[device]" in tables else GUEST}
{tables}
""",
        encoding="utf-8",
    )
    return path


@contextlib.contextmanager
def daemon(settings: Path, within: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """`poshealth run`, started by the command `within`; it must end in an orderly way."""
    process = subprocess.Popen(
        [*WITH_US, *within, sys.executable, "-m", "console", "run", "--settings", str(settings)], cwd=ROOT
    )
    try:
        wait_for(lambda: _answers(settings.parent / "control.sock") or process.poll() is not None)
        yield process
        assert process.poll() is None, "the daemon died"
    finally:
        process.terminate()
        assert process.wait(20) == 0


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as channel:
        return channel.connect_ex(str(path)) == 0


def poshealth(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "console", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def wait_for(condition: Callable[[], object], seconds: float = 45.0) -> None:
    """Poll until it is true; a test that waits in vain fails."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.05)
