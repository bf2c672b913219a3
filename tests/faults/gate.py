"""What stands between a till and head office: it hands connections on, or is hostile in some way."""

from __future__ import annotations

import contextlib
import gzip
import re
import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Self

Behaviour = Callable[[socket.socket], None]

GIGABYTE = 1 << 30


class Gate:
    """It counts the connections it has seen."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._open: set[socket.socket] = set()
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def turn(self, behaviour: Behaviour) -> None:
        """From now on; what is connected is cut off."""
        self._behaviour = behaviour
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._meet, args=(connection,), daemon=True).start()

    def _meet(self, connection: socket.socket) -> None:
        self._open.add(connection)
        with connection, contextlib.suppress(OSError):
            self._behaviour(connection)
        self._open.discard(connection)


def forwarding(
    port: int, *, host: str = "127.0.0.1", idle_seconds: float = 3600.0, delay_seconds: float = 0.0
) -> Behaviour:
    """To head office and back, closed without a word after `idle_seconds` of silence, as a proxy does.

    Each piece takes `delay_seconds`, as over a long line.
    """

    def forward(connection: socket.socket) -> None:
        with (
            socket.create_connection((host, port)) as upstream,
            selectors.DefaultSelector() as waiting,
        ):
            waiting.register(connection, selectors.EVENT_READ, upstream)
            waiting.register(upstream, selectors.EVENT_READ, connection)
            while ready := waiting.select(idle_seconds):
                for key, _ in ready:
                    chunk = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    if not chunk:
                        return
                    time.sleep(delay_seconds)
                    key.data.sendall(chunk)

    return forward


def resetting_what_was_kept(port: int) -> Behaviour:
    """One request to head office for each connection; whoever sends a second one on it is cut off."""

    def once(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as upstream:
            upstream.sendall(message(connection))
            connection.sendall(message(upstream))
        connection.recv(65536)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return once


def swallowing_answers(port: int) -> Behaviour:
    """Head office gets the request, the till hears nothing."""

    def swallow(connection: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", port)) as upstream:
            upstream.sendall(message(connection))
            message(upstream)

    return swallow


def message(connection: socket.socket) -> bytes:
    """One request or answer to its end with a Content-Length. Raise OSError where it breaks off."""
    received = _more(connection)
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    found = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    missing = (int(found[1]) if found else 0) - len(body)
    while missing > 0:
        chunk = _more(connection)
        received += chunk
        missing -= len(chunk)
    return received


def _more(connection: socket.socket) -> bytes:
    chunk = connection.recv(65536)
    if not chunk:
        raise ConnectionError("broke off")
    return chunk


def saying(status: str, body: bytes = b"", *headers: str) -> Behaviour:
    """The same answer to every request."""

    def say(connection: socket.socket) -> None:
        while True:
            message(connection)
            lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
            connection.sendall("\r\n".join(lines).encode() + body)

    return say


def slow_header(connection: socket.socket) -> None:
    """One byte now and then: no read ever times out."""
    message(connection)
    for byte in b"HTTP/1.1 200 OK\r\nX-Patience: " + b"a" * 10_000:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def slow_body(connection: socket.socket) -> None:
    message(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    for _ in range(10_000):
        connection.sendall(b" ")
        time.sleep(0.05)


def ten_gigabytes(connection: socket.socket) -> None:
    message(connection)
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {10 * GIGABYTE}\r\n\r\n".encode())
    piece = b"x" * (1 << 20)
    for _ in range(10 * 1024):
        connection.sendall(piece)


def endless_chunks(connection: socket.socket) -> None:
    message(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    for _ in range(160_000):
        connection.sendall(piece)


def endless_header(connection: socket.socket) -> None:
    message(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(10_000_000):
        connection.sendall(b"X-%d: %s\r\n" % (number, b"y" * 1000))


def gzip_bomb() -> Behaviour:
    """Half a megabyte that unfolds to 512."""
    bomb = gzip.compress(bytes(512 << 20), compresslevel=9)
    return saying("200 OK", bomb, "Content-Encoding: gzip", "Content-Type: application/json")


def hanging_up(connection: socket.socket) -> None:
    message(connection)


def mute(connection: socket.socket) -> None:
    message(connection)
    time.sleep(60)
