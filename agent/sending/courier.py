"""The resident child that holds the HTTPS connection, seen from the supervisor."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import struct
import sys
import time
import types
import warnings
from typing import NoReturn

import msgspec

from agent.running.account import Account, become
from agent.running.children import isolate
from agent.running.heap import keep_little
from agent.sending.delivery import EndpointRoute, Outcome, Route, Undelivered
from vocabulary import wire

DELIVERY_SECONDS = 30.0  # wall clock round the whole call: connect, TLS, a parcel of 256 kB, the answer
_LENGTH = struct.Struct("!I")
_OUTCOME: msgspec.msgpack.Decoder[Outcome] = msgspec.msgpack.Decoder(Outcome)


class Courier:
    """Gets one parcel, returns one outcome; a call past its deadline costs the process, not the record."""

    def __init__(self, route: Route | EndpointRoute, account: Account | None) -> None:
        self._route = route
        self._account = account
        self._pid = 0
        self._socket: socket.socket | None = None
        self._received = bytearray()
        self.deadline: float | None = None
        self.restarts = -1

    @property
    def busy(self) -> bool:
        return self.deadline is not None

    def fileno(self) -> int:
        return self._socket.fileno() if self._socket else -1

    def send(self, body: bytes) -> None:
        """Start the child where there is none; where no process can be had, `poll` says so."""
        self._received.clear()
        self.deadline = time.monotonic() + DELIVERY_SECONDS
        try:
            if self._socket is None:
                self._start()
            assert self._socket is not None
            self._socket.settimeout(5.0)
            self._socket.sendall(_LENGTH.pack(len(body)) + body)
            self._socket.setblocking(False)
        except OSError:
            self.stop()
            self.deadline = time.monotonic()

    def poll(self, now: float) -> Outcome | None:
        """The outcome once it is there; `now` past the deadline ends the child."""
        if self.deadline is None:
            return None
        outcome = self._take()
        if outcome is None and now >= self.deadline:
            self.stop()
            outcome = Undelivered(
                kind="retry", detail=f"no end within {DELIVERY_SECONDS:g} s", cause="no-answer"
            )
        if outcome is not None:
            self.deadline = None
        return outcome

    def stop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._pid:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._pid, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0

    def _take(self) -> Outcome | None:
        if self._socket is None:
            return None
        try:
            chunk = self._socket.recv(65536)
        except BlockingIOError:
            return None
        except OSError:
            chunk = b""
        if not chunk:
            self.stop()
            return Undelivered(kind="retry", detail="the courier died", cause="no-answer")
        self._received += chunk
        if len(self._received) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._received)
        if len(self._received) < _LENGTH.size + length:
            return None
        return _OUTCOME.decode(bytes(self._received[_LENGTH.size :]))

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        try:
            pid = os.fork()
        except OSError:
            ours.close()
            theirs.close()
            raise
        if pid == 0:
            ours.close()
            _live(theirs, self._route, self._account)
        theirs.close()
        self._socket, self._pid = ours, pid
        self.restarts += 1


def _live(channel: socket.socket, route: Route | EndpointRoute, account: Account | None) -> NoReturn:
    """Serve parcels until the supervisor's end closes."""
    gc.disable()  # importing would collect, which unshares the supervisor's pages
    _load_no_more_than_needed()
    from agent.sending.courier_child import Post  # noqa: PLC0415  requests costs 13 MB: in this process alone

    status = 70
    try:
        isolate(channel.fileno(), None, None)
        become(account)
        post = Post(route)
        keep_little()
        gc.freeze()
        gc.enable()  # a long life: requests leaves 15 kB of cycles behind at each delivery that failed
        while (body := _receive(channel)) is not None:
            outcome = msgspec.msgpack.encode(post.deliver(body))
            channel.sendall(_LENGTH.pack(len(outcome)) + outcome)
        status = 0
    finally:
        os._exit(status)


def _load_no_more_than_needed() -> None:
    """What requests loads to guess the encoding of texts costs 2 MB; answers here are read as bytes.

    urllib3 asks importlib.metadata (0.8 MB) for the version of an HTTP/2 library, once that is switched on.
    """
    sys.modules["importlib.metadata"] = unasked = types.ModuleType("importlib.metadata")
    unasked.version = str  # type: ignore[attr-defined]  # the one name it imports
    for guesser in ("chardet", "charset_normalizer"):
        sys.modules[guesser] = None  # type: ignore[assignment]  # how importlib is told that there is none
    warnings.filterwarnings("ignore", "Unable to find acceptable character detection dependency")


def _receive(channel: socket.socket) -> bytes | None:
    head = _exactly(channel, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    return _exactly(channel, min(length, 4 * wire.MAX_PARCEL_BYTES))


def _exactly(channel: socket.socket, count: int) -> bytes | None:
    received = bytearray()
    while len(received) < count:
        select.select([channel], [], [])
        chunk = channel.recv(count - len(received))
        if not chunk:
            return None
        received += chunk
    return bytes(received)
