"""The real upsd with the real dummy-ups driver, private to one test."""

from __future__ import annotations

import getpass
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import psutil

DRIVER = "/lib/nut/dummy-ups"
UPSD = (
    "/lib/nut/upsd"  # Debian's /usr/sbin/upsd is a wrapper that refuses while /etc/nut/nut.conf says "none"
)
MAX_AGE_SECONDS = 3  # upsd.conf: stale after this; the driver polls every second


class RealUpsd:
    """Serves one UPS named "ups" on an ephemeral port of 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self.port = 0

    def __enter__(self) -> Self:
        self._folder.mkdir()
        self._write(
            "ups.conf", "[ups]\ndriver = dummy-ups\nport = ups.dev\nmode = dummy-loop\npollinterval = 1\n"
        )
        self._write("upsd.conf", f"LISTEN 127.0.0.1 0\nMAXAGE {MAX_AGE_SECONDS}\n")
        self._write("upsd.users", "")
        self._variables({"ups.status": "OL"})
        self._driver = self._start(DRIVER, "-a", "ups")
        _until((self._folder / "dummy-ups-ups").exists, "the driver's socket")
        self._upsd = self._start(UPSD)
        _until(self._listening, "upsd listening")
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()

    def set(self, variables: dict[str, str]) -> None:
        """Return once upsd tells these variables."""
        self._variables(variables)
        _until(
            lambda: all(f'{k} "{v}"' in self.ask("LIST VAR ups") for k, v in variables.items()),
            str(variables),
        )

    def fault(self, name: str) -> None:
        """Return once upsd shows it."""
        if name == "driver-killed":
            self._driver.kill()
            _until(lambda: "DRIVER-NOT-CONNECTED" in self.ask("LIST VAR ups"), name)
        elif name == "driver-stopped":
            self._driver.send_signal(signal.SIGSTOP)
            _until(lambda: "DATA-STALE" in self.ask("LIST VAR ups"), name)
        elif name == "upsd-killed":
            self._upsd.kill()
            self._upsd.wait()
        elif name == "upsd-stopped":
            self._upsd.send_signal(signal.SIGSTOP)
        else:
            raise ValueError(name)

    def ask(self, line: str) -> str:
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(f"{line}\n".encode())
            answer = connection.recv(65536).decode()
            while answer.startswith("BEGIN") and f"END {line}" not in answer:
                answer += connection.recv(65536).decode()
            return answer

    def _listening(self) -> bool:
        assert self._upsd.poll() is None, "upsd ended by itself"
        found = psutil.Process(self._upsd.pid).net_connections("tcp")
        ports = [each.laddr.port for each in found if each.status == psutil.CONN_LISTEN]
        self.port = ports[0] if ports else 0
        return bool(ports)

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        folders = dict.fromkeys(("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"), str(self._folder))
        process = subprocess.Popen(
            [*command, "-F", "-u", getpass.getuser()],
            env={**os.environ, **folders},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        return process

    def _variables(self, variables: dict[str, str]) -> None:
        self._write("ups.dev", "".join(f"{name}: {value}\n" for name, value in variables.items()))

    def _write(self, name: str, text: str) -> None:
        fresh = self._folder / f".{name}"
        fresh.write_text(text)
        fresh.replace(self._folder / name)


def _until(condition: Callable[[], bool], what: str, seconds: float = 15.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, f"waited in vain for {what}"
        time.sleep(0.02)
