"""The broker as a process, and a stand-in for systemd that keeps its files over a restart."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]
START = f'cd {ROOT} && LISTEN_PID=$$ exec "$@"'


class Service:
    """`store` is what systemd would hold: FDNAME to descriptor, by sd_notify's protocol."""

    def __init__(self, folder: Path, port: str, *options: str, idle_seconds: float = 0.03) -> None:
        self.link, self.socket = folder / "pos-printer", folder / "broker.sock"
        self.store: dict[str, int] = {}
        self.pid = 0
        self.heard: list[str] = []
        self._command = [sys.executable, "-m", "broker", port, "--link", str(self.link)]
        self._command += ["--socket", str(self.socket), "--socket-group", "dialout"]
        self._command += ["--idle-seconds", str(idle_seconds), *options]
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify_path = str(folder / "notify")
        self._notify.bind(self._notify_path)
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"END", self._notify_path)
        self._thread.join()
        self._notify.close()
        for descriptor in self.store.values():
            os.close(descriptor)

    def start(self) -> None:
        """As systemd does it: kept files from descriptor 3 on, and their names."""
        ready = self.heard.count("READY=1")
        names = list(self.store)
        high = [fcntl.fcntl(self.store[name], fcntl.F_DUPFD_CLOEXEC, 200) for name in names]
        environment = {"PATH": os.environ["PATH"], "NOTIFY_SOCKET": self._notify_path}
        environment |= {"LISTEN_FDS": str(len(names)), "LISTEN_FDNAMES": ":".join(names)}
        moves = [(os.POSIX_SPAWN_DUP2, descriptor, 3 + at) for at, descriptor in enumerate(high)]
        words = ["sh", "-c", START, "sh", *self._command]
        self.pid = os.posix_spawn("/bin/sh", words, environment, file_actions=moves)
        for descriptor in high:
            os.close(descriptor)
        wait_for(lambda: self.heard.count("READY=1") > ready)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """And see it dead."""
        if self.pid:
            os.kill(self.pid, number)
            os.waitpid(self.pid, 0)
            self.pid = 0

    def ask(self, *lines: str) -> list[str]:
        """Whole answers to requests put one after another on one connection."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self.socket))
            return [answer_to(connection, line) for line in lines]

    def _keep(self) -> None:
        while True:
            message, descriptors, _, _ = socket.recv_fds(self._notify, 4096, 8)
            if message == b"END":
                return
            fields = dict(line.partition("=")[::2] for line in message.decode().splitlines())
            self.heard.append(message.decode())
            if "FDSTORE" in fields:
                assert fields["FDPOLL"] == "0"
                self.store[fields["FDNAME"]] = descriptors[0]
            elif "FDSTOREREMOVE" in fields and fields["FDNAME"] in self.store:
                os.close(self.store.pop(fields["FDNAME"]))


def answer_to(connection: socket.socket, line: str) -> str:
    """All lines to one request, joined by spaces."""
    connection.sendall(line.encode() + b"\n")
    received = b""
    while not received.endswith((b"end\n",)) and not received.startswith((b"busy", b"gone", b"what")):
        piece = connection.recv(4096)
        if not piece:
            break
        received += piece
    return " ".join(received.decode().split())


def wait_for(condition: Any, seconds: float = 15.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.005)
