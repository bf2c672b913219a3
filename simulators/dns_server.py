"""A resolver that knows a few names, or answers wrongly, late or not at all (RFC 1035, UDP only).

`python -m simulators.dns_server`; the requests on its control port are those of `control`.
"""

import argparse
import socket
import threading
import time
from contextlib import suppress
from ipaddress import IPv4Address
from types import TracebackType
from typing import Self

from simulators import control

MODES = ("answer", "refuse", "servfail", "nxdomain", "silent", "wrong-id", "slow", "invent")
RESPONSE_CODES = {"servfail": 2, "nxdomain": 3, "refuse": 5}
TYPE_A = b"\x00\x01\x00\x01"
"""QTYPE A, QCLASS IN."""


class DnsServer:
    """Answers A queries from `names` (name -> list of IPv4 addresses, ttl 60 s); others get NXDOMAIN.

    `mode` is one of `MODES` and may be set while it runs; "slow" waits `slow_seconds`, "invent" gives
    198.18.0.1 for names it does not know. `queries` keeps the names asked for, each with its time.
    """

    def __init__(
        self, names: dict[str, list[str]] | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.names = names or {}
        self.slow_seconds = 3.0
        self.queries: list[tuple[float, str]] = []
        self._mode = "answer"
        self._at = (host, port)
        self._closing = threading.Event()

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        if mode not in MODES:
            raise ValueError(f"no mode {mode!r}; there are {', '.join(MODES)}")
        self._mode = mode

    @property
    def address(self) -> tuple[str, int]:
        return self._at

    def set_name(self, name: str, addresses: list[str]) -> None:
        self.names[name] = addresses

    def start(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(self._at)
        self._socket.settimeout(0.05)
        self._at = self._socket.getsockname()
        self._closing.clear()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._closing.set()
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError, ConnectionError):
                query, asker = self._socket.recvfrom(512)
                self._respond(query, asker)

    def _respond(self, query: bytes, asker: tuple[str, int]) -> None:
        try:
            name, end = read_name(query, 12)
        except (IndexError, UnicodeDecodeError):
            return
        self.queries.append((time.monotonic(), name))
        if self._mode == "silent" or (self._mode == "slow" and self._closing.wait(self.slow_seconds)):
            return
        self._socket.sendto(self._reply(query, name, query[12 : end + 4]), asker)

    def _reply(self, query: bytes, name: str, question: bytes) -> bytes:
        """RFC 1035 section 4.1.1: QR, AA, RD as asked, RA; the code in the low four bits."""
        identity = bytes(octet ^ 0xFF for octet in query[:2]) if self._mode == "wrong-id" else query[:2]
        invented = ["198.18.0.1"] if self._mode == "invent" else []
        code = RESPONSE_CODES.get(self._mode, 0 if invented or name in self.names else 3)
        addresses = self.names.get(name, invented) if code == 0 and question.endswith(TYPE_A) else []
        flags = bytes((0x84 | (query[2] & 0x01), 0x80 | code))
        counts = b"\x00\x01" + len(addresses).to_bytes(2, "big") + b"\x00\x00\x00\x00"
        return identity + flags + counts + question + b"".join(_record(address) for address in addresses)


def _record(address: str) -> bytes:
    """A pointer to the question's name at offset 12, type, class, 60 s, four bytes."""
    return b"\xc0\x0c" + TYPE_A + (60).to_bytes(4, "big") + b"\x00\x04" + IPv4Address(address).packed


def read_name(message: bytes, at: int) -> tuple[str, int]:
    """The name in a question, in lower case, and where it ends; IndexError when it does not."""
    labels = []
    while length := message[at]:
        labels.append(message[at + 1 : at + 1 + length].decode("ascii"))
        at += 1 + length
    return ".".join(labels).lower(), at + 1


FIELDS = ("mode", "slow_seconds", "names", "queries")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.dns_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any")
    parser.add_argument("--name", action="append", default=[], metavar="NAME=ADDRESS")
    control.add_arguments(parser)
    options = parser.parse_args()
    names = {name: [address] for name, _, address in (pair.partition("=") for pair in options.name)}
    with DnsServer(names, port=options.port) as server:
        where = {"udp": "{}:{}".format(*server.address)}
        control.serve(control.Controls(server, fields=FIELDS, calls=("set_name",)), where, options)


if __name__ == "__main__":
    main()
