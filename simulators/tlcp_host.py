"""A host that speaks TLCP, China's own TLS, and nothing else: its hello, its refusals, no encryption.

Records and messages as GB/T 38636-2020 has them. `python -m simulators.tlcp_host`; the requests on its
control port are those of `control`.
"""

import argparse
import secrets
import socket

from simulators import control
from simulators.tcp_host import TcpHost, read_away, read_exactly

VERSION = b"\x01\x01"
ALERT, HANDSHAKE = 21, 22
CLIENT_HELLO, SERVER_HELLO = 1, 2
FATAL = 2
HANDSHAKE_FAILURE = 40
REFUSALS = ("own-alert", "tls-alert", "close")


class TlcpHost(TcpHost):
    """Answers a hello of TLCP that offers `suite` with its own hello, then waits for what never comes.

    `refusal` is what a hello of another protocol gets: an alert in a record of TLCP, one in a record of
    TLS 1.2, or the end. `answered` counts the hellos it took.
    """

    def __init__(self, *, suite: int = 0xE013, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host, port)
        self.suite = suite
        self.refusal = "own-alert"
        self.answered = 0

    def serve(self, connection: socket.socket) -> None:
        kind, version, content = read_record(connection)
        if kind != HANDSHAKE or version != VERSION:
            self._refuse(connection)
        elif self.suite in offered_suites(content):
            self.answered += 1
            connection.sendall(record(HANDSHAKE, self._hello()))
            read_away(connection)
        else:
            connection.sendall(record(ALERT, bytes([FATAL, HANDSHAKE_FAILURE])))

    def _refuse(self, connection: socket.socket) -> None:
        if self.refusal != "close":
            version = VERSION if self.refusal == "own-alert" else b"\x03\x03"
            connection.sendall(record(ALERT, bytes([FATAL, HANDSHAKE_FAILURE]), version))

    def _hello(self) -> bytes:
        """Version, random, a session of 32 bytes, the suite, no compression."""
        session = bytes([32]) + secrets.token_bytes(32)
        body = VERSION + secrets.token_bytes(32) + session + self.suite.to_bytes(2, "big") + b"\x00"
        return bytes([SERVER_HELLO]) + len(body).to_bytes(3, "big") + body


def record(kind: int, content: bytes, version: bytes = VERSION) -> bytes:
    return bytes([kind]) + version + len(content).to_bytes(2, "big") + content


def read_record(connection: socket.socket) -> tuple[int, bytes, bytes]:
    head = read_exactly(connection, 5)
    return head[0], head[1:3], read_exactly(connection, int.from_bytes(head[3:5], "big"))


def offered_suites(hello: bytes) -> set[int]:
    """Of a ClientHello: type, length of 3, version of 2, random of 32, session, suites. Empty for others."""
    if hello[:1] != bytes([CLIENT_HELLO]) or hello[4:6] != VERSION or len(hello) < 41:
        return set()
    start = 39 + hello[38]
    length = int.from_bytes(hello[start : start + 2], "big")
    suites = hello[start + 2 : start + 2 + length]
    return {int.from_bytes(suites[at : at + 2], "big") for at in range(0, len(suites), 2)}


FIELDS = ("suite", "refusal", "gone", "answered", "connections")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.tlcp_host", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any")
    parser.add_argument("--refusal", choices=REFUSALS, default=REFUSALS[0])
    control.add_arguments(parser)
    options = parser.parse_args()
    with TlcpHost(port=options.port) as host:
        host.refusal = options.refusal
        control.serve(
            control.Controls(host, fields=FIELDS, calls=()), {"tcp": "{}:{}".format(*host.address)}, options
        )


if __name__ == "__main__":
    main()
