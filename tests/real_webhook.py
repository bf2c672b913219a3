"""Debian's receiver "webhook", private to one test: it checks secrets, then runs a command."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any, Self

import psutil

from simulators.certificates import CertificateFolder

BEARER = "a-token-of-the-customers"
SECRET = "a secret of the customer's"
STORE = """#!/bin/sh
echo "$1" >> {folder}/keys
printf '%s\\n' "$2" >> {folder}/records
"""


class RealWebhook:
    """HTTPS on a port of its own that stays the same over `stop` and `start`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        certificates = CertificateFolder(folder)
        self.ca_file = str(certificates.authority_path)
        self._certificate = certificates.make("valid")
        store = folder / "store"
        store.write_text(STORE.format(folder=folder))
        store.chmod(0o755)
        (folder / "hooks.json").write_text(json.dumps([_hook(str(store))]))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._port}/hooks/till"

    @property
    def keys(self) -> list[str]:
        return self._lines("keys")

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._lines("records")]

    def start(self) -> None:
        certificate, key = self._certificate
        where = ["-ip", "127.0.0.1", "-port", str(self._port), "-hooks", str(self._folder / "hooks.json")]
        self._process = subprocess.Popen(
            ["webhook", *where, "-secure", "-cert", str(certificate), "-key", str(key)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._port = self._listening(self._process.pid)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _lines(self, name: str) -> list[str]:
        path = self._folder / name
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    @staticmethod
    def _listening(pid: int) -> int:
        limit = time.monotonic() + 10
        while time.monotonic() < limit:
            for connection in psutil.Process(pid).net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    return int(connection.laddr.port)
            time.sleep(0.02)
        raise TimeoutError("webhook does not listen")


def _hook(command: str) -> dict[str, object]:
    signature = {"source": "header", "name": "X-Hub-Signature-256"}
    authorization = {"source": "header", "name": "Authorization"}
    checks = [
        {"match": {"type": "payload-hmac-sha256", "secret": SECRET, "parameter": signature}},
        {"match": {"type": "value", "value": f"Bearer {BEARER}", "parameter": authorization}},
    ]
    return {
        "id": "till",
        "execute-command": command,
        "http-methods": ["POST"],
        "include-command-output-in-response": True,  # 500 where the command failed
        "response-headers": [{"name": "X-Received-By", "value": "shop-operations"}],
        "pass-arguments-to-command": [
            {"source": "header", "name": "Idempotency-Key"},
            {"source": "raw-request-body"},
        ],
        "trigger-rule": {"and": checks},
        "trigger-rule-mismatch-http-response-code": 401,
    }
