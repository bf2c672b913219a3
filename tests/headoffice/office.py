"""A real head office in a process of its own, and a terminal that talks to it over real HTTP."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import requests

from tests.headoffice import reports
from vocabulary.wire import (
    PATH,
    SIGNATURE_HEADER,
    TERMINAL_HEADER,
    Answer,
    Full,
    Heartbeat,
    Parcel,
    decode_answer,
    encode,
    signature,
    signed_rightly,
)

TOKEN = b"fleet-token-of-the-tests"
PASSWORD = "look-but-do-not-touch"
_ROOT = Path(__file__).resolve().parents[2]


class Office:
    """`program` stands for `-m headoffice` where a test needs one that dies at a chosen moment."""

    def __init__(
        self, folder: Path, *, program: Sequence[str] = ("-m", "headoffice"), options: Sequence[str] = ()
    ) -> None:
        self._options = tuple(options)
        self.database = folder / "office.sqlite"
        self.folder = folder
        self._program = tuple(program)
        (folder / "token").write_bytes(TOKEN + b"\n")
        (folder / "password").write_text(PASSWORD + "\n")
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self, url: str = "http://127.0.0.1:0") -> Self:
        command = [sys.executable, *self._program, "--listen", url.removeprefix("http://")]
        command += ["--database", str(self.database), "--token-file", str(self.folder / "token")]
        command += ["--viewer-password-file", str(self.folder / "password")]
        command += self._options
        with (self.folder / "office.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=_ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "TZ": "UTC"},
            )
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.log()
        self.url = f"http://{json.loads(line)['listening']}"
        return self

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process:
            self.process.send_signal(how)
            self.process.wait(20)
            assert self.process.stdout
            self.process.stdout.close()
            self.process = None

    def kill(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGKILL)

    def wait_until_dead(self) -> int:
        assert self.process
        assert self.process.stdout
        code = self.process.wait(20)
        self.process.stdout.close()
        self.process = None
        return code

    def log(self) -> str:
        return (self.folder / "office.log").read_text(errors="replace")

    def ask(self, question: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the database beside the running office."""
        connection = sqlite3.connect(self.database)
        try:
            return connection.execute(question, values).fetchall()
        finally:
            connection.close()

    def listing(self, path: str = "/v1/terminals") -> Any:
        headers = {"Authorization": f"Bearer {PASSWORD}"}
        answer = requests.get(self.url + path, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


class Terminal:
    def __init__(self, office: Office, name: str = "s0412-t2", spool: str = "spool-1") -> None:
        self.office = office
        self.name = name
        self.spool = spool

    def post(self, body: bytes, **headers: str) -> requests.Response:
        """Signed rightly; NAME in the body becomes this terminal's."""
        body = body.replace(b"NAME", self.name.encode())
        sent = {SIGNATURE_HEADER: signature(TOKEN, body), TERMINAL_HEADER: self.name} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return requests.post(self.office.url + PATH, data=body, headers=sent, timeout=20)

    def full(self, sequence: int = 1, **facts: Any) -> Full:
        """This terminal's own full report."""
        report = reports.report(terminal=self.name, spool=self.spool, sequence=sequence, **facts)
        return reports.full(report)

    def rows(self, table: str = "record") -> list[int]:
        """The sequences stored for this terminal."""
        question = f"SELECT sequence FROM {table} JOIN terminal ON terminal.id = {table}.terminal"
        found = self.office.ask(f"{question} WHERE terminal.name = ? ORDER BY sequence", self.name)
        return [row[0] for row in found]

    @property
    def is_known(self) -> bool:
        return bool(self.office.ask("SELECT 1 FROM terminal WHERE name = ?", self.name))

    def shown(self) -> Any:
        """The row head office shows for it."""
        return self.office.listing(f"/v1/terminals/{self.name}")["terminal"]

    def send(self, *records: Heartbeat, newest: Full | None = None, every_seconds: float = 0.0) -> Answer:
        answer = self.post(
            encode(
                Parcel(
                    terminal=self.name,
                    spool=self.spool,
                    records=records,
                    newest=newest,
                    every_seconds=every_seconds,
                )
            )
        )
        assert answer.status_code == 200, answer.text
        assert signed_rightly(TOKEN, answer.content, answer.headers[SIGNATURE_HEADER])
        return decode_answer(answer.content)
