"""Where the agent asks: a Unix socket, one line a request, at most a few clients, none trusted to be well."""

from __future__ import annotations

import os
import re
import select
import socket
from contextlib import suppress
from pathlib import Path

from broker.pos_side import give_to_group

_MOST_CLIENTS = 8
_MOST_WAITING = 64
_LONGEST_LINE = 64
_CHUNK = 4096
MOST_JOB_BYTES = 0xFFC0  # with what asks for its confirmation it fits a pipe of 64 KiB
_IDLE_SECONDS = 30.0  # a client that says nothing for so long is let go
_REQUEST = re.compile(rb"ask [1-4]|watch|print [1-9][0-9]{0,4}")


class Client:
    """`wanted` is n of the DLE EOT it has asked for; 0 for none. `job` is what it wants printed, once
    `waits_since` says since when it is all there.
    """

    def __init__(self, connection: socket.socket, now: float) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._received = b""
        self.heard_from = now
        self.wanted = 0
        self.job = b""
        self.waits_since: float | None = None
        self.is_watching = False
        self.is_gone = False
        self._job_bytes = 0

    def fileno(self) -> int:
        return self._connection.fileno()

    def say(self, line: str) -> None:
        """To a client that does not read, nothing more is said."""
        try:
            self._connection.send(line.encode() + b"\n")
        except OSError:
            self.is_gone = True

    def answer(self, line: str) -> None:
        """The last word on its request."""
        self.wanted = 0
        self.job, self.waits_since = b"", None
        self.say(line)

    def listen(self, now: float) -> None:
        """Take one request; whoever sends anything else, or more than one at a time, is let go."""
        try:
            received = self._connection.recv(_CHUNK if self._job_bytes else _LONGEST_LINE)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        self._received += received
        self.heard_from = now
        if not received:
            self.is_gone = True
        elif self._job_bytes:
            self._take_job(now)
        elif b"\n" in self._received or len(self._received) >= _LONGEST_LINE:
            self._understand(now)

    @property
    def is_busy(self) -> bool:
        """It waits for an answer, which comes without its doing."""
        return bool(self.wanted) or self.waits_since is not None

    def _understand(self, now: float) -> None:
        line, _, rest = self._received.partition(b"\n")
        self._received = b""
        word, _, number = line.partition(b" ")
        if self.is_busy or not _REQUEST.fullmatch(line) or (rest and word != b"print"):
            self._misunderstood()
        elif word == b"print":
            self._job_bytes, self._received = int(number), rest
            self._take_job(now)
        elif word == b"watch":
            self.is_watching = True
        else:
            self.wanted = int(number)

    def _take_job(self, now: float) -> None:
        if self._job_bytes > MOST_JOB_BYTES or len(self._received) > self._job_bytes:
            self._misunderstood()
        elif len(self._received) == self._job_bytes:
            self.job, self.waits_since = self._received, now
            self._received, self._job_bytes = b"", 0

    def _misunderstood(self) -> None:
        self.say("what")
        self.is_gone = True

    def close(self) -> None:
        self._connection.close()


class Desk:
    """Registers itself and its clients with `epoll`. Raise OSError."""

    def __init__(self, path: Path, group: str, epoll: select.epoll) -> None:
        self._epoll = epoll
        self._clients: dict[int, Client] = {}
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.fspath(path))
        self._listener.setblocking(False)
        give_to_group(path, group)
        self._listener.listen(_MOST_WAITING)
        epoll.register(self._listener, select.EPOLLIN)

    @property
    def asking(self) -> list[Client]:
        """Those with a question, in the order they came to the desk."""
        return [client for client in self._clients.values() if client.wanted and not client.is_gone]

    @property
    def printing(self) -> list[Client]:
        """Those with a slip that has not begun."""
        return [client for client in self._clients.values() if client.job and not client.is_gone]

    def serve(self, descriptors: list[int], now: float) -> None:
        """Let in, listen, and let go."""
        if self._listener.fileno() in descriptors:
            self._let_in(now)
        for descriptor in descriptors:
            if descriptor in self._clients:
                self._clients[descriptor].listen(now)
        for client in list(self._clients.values()):
            idle = now - client.heard_from > _IDLE_SECONDS and not client.is_watching
            if client.is_gone or (idle and not client.is_busy):
                self._let_go(client)

    def announce(self, frame: bytes) -> None:
        """To all who watch: a frame of Automatic Status Back."""
        for client in self._clients.values():
            if client.is_watching:
                client.say(f"frame {frame.hex()}")

    def _let_in(self, now: float) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            if len(self._clients) >= _MOST_CLIENTS:
                connection.close()
                return
            self._clients[connection.fileno()] = Client(connection, now)
            self._epoll.register(connection, select.EPOLLIN)

    def _let_go(self, client: Client) -> None:
        del self._clients[client.fileno()]
        self._epoll.unregister(client)
        client.close()
