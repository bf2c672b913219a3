"""A TCP server that says what it is told to, whatever it was asked."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

Pieces = Callable[[bytes], list[bytes]]  # what was asked to what is said, a moment apart


def say(*pieces: bytes) -> Pieces:
    return lambda _: list(pieces)


def serve_lines(listener: socket.socket, pieces: Pieces, *, hold: bool = False) -> None:
    """One connection after another until the listener is closed; `hold` keeps the connection open after."""
    with contextlib.ExitStack() as held, contextlib.suppress(OSError):
        while True:
            connection = held.enter_context(listener.accept()[0])
            connection.settimeout(0.5)
            with contextlib.suppress(OSError):
                asked = connection.recv(4096)
                for piece in pieces(asked):
                    connection.sendall(piece)
                    time.sleep(0.01)
            if not hold:
                connection.close()


@contextlib.contextmanager
def line_server(pieces: Pieces, *, hold: bool = False) -> Iterator[int]:
    """Its port on 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve_lines, args=(listener, pieces), kwargs={"hold": hold})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
