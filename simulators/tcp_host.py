"""A TCP listener with a thread for each connection, which can be gone for a while."""

import socket
import ssl
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class TcpHost:
    """Base of the simulated hosts: a subclass says in `serve` what one connection gets.

    `gone` closes the listener and every connection, so that a connect is refused; set back, the host listens
    at the same port again. `connections` counts all that were accepted. `tls` is used by `secured`.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self._at = (host, port)
        self._listener: socket.socket | None = None
        self._open: dict[socket.socket, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self.connections = 0

    def serve(self, connection: socket.socket) -> None:
        """Talk until the peer or `closing` ends it; an OSError or EOFError ends it as well."""
        raise NotImplementedError

    def secured(self, connection: socket.socket) -> socket.socket:
        """The connection after its TLS handshake, or as it is where the host has no `tls`."""
        if self.tls is None:
            return connection
        with self._lock:
            channel = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
            self._open[connection] = channel  # `connection` has lost its descriptor to `channel`
        channel.do_handshake()
        return channel

    def start(self) -> None:
        self.closing.clear()
        self._listen()

    def stop(self) -> None:
        self.closing.set()
        self._close()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> tuple[str, int]:
        return self._at

    @property
    def gone(self) -> bool:
        return self._listener is None

    @gone.setter
    def gone(self, gone: bool) -> None:
        if gone:
            self._close()
        elif self._listener is None:
            self._listen()

    def _listen(self) -> None:
        self._listener = socket.create_server(self._at)
        self._at = self._listener.getsockname()[:2]
        self._begin(self._accept, self._listener)

    def _begin(self, work: object, sock: socket.socket) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=work, args=(sock,), daemon=True)  # type: ignore[arg-type]  # methods
        self._threads.append(thread)
        thread.start()

    def _close(self) -> None:
        with self._lock:
            listener, self._listener = self._listener, None
            doomed = list(self._open.values())
        for sock in (*doomed, *((listener,) if listener else ())):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits on it; that one closes it

    def _accept(self, listener: socket.socket) -> None:
        with listener, suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self.connections += 1
                with self._lock:
                    self._open[connection] = connection
                self._begin(self._talk, connection)

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError, EOFError):
            self.serve(connection)
        with self._lock:
            self._open.pop(connection).close()


def read_exactly(connection: socket.socket, count: int) -> bytes:
    """Raises EOFError when the peer ends before `count` bytes."""
    octets = b""
    while len(octets) < count:
        piece = connection.recv(count - len(octets))
        if not piece:
            raise EOFError
        octets += piece
    return octets


def read_away(connection: socket.socket) -> None:
    """Take what comes, for ever, and say nothing."""
    while connection.recv(4096):
        pass
