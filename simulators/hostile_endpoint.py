"""A head office that misbehaves: an HTTP or HTTPS endpoint, raw enough to break the protocol.

`python -m simulators.hostile_endpoint`; the requests on its control port are those of `control`.
"""

import argparse
import gzip
import socket
import ssl
import struct
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from simulators import control
from simulators.certificates import CertificateFolder
from simulators.tcp_host import TcpHost, read_away, read_exactly

HTML = b"<!DOCTYPE html><html><body><h1>Welcome to free Wi-Fi</h1></body></html>"
TEN_GIGABYTES = 10 * 1024**3
BOMB_MEGABYTES = 256
"""Of zero bytes, unpacked; packed it is a thousandth of that."""


@dataclass(frozen=True)
class HostileRequest:
    request_line: str
    headers: dict[str, str]
    body: bytes


class HostileEndpoint(TcpHost):
    """Answers every request in the way `mode` says; `mode` may be set while it runs.

    "ok", "500", "413", "html" (200 with a web page), "redirect" (302 to another host), "never" (reads, says
    nothing), "slow-loris" (a byte of a header each `drip_seconds`), "slow-body" (the same with the body),
    "huge" (announces and sends 10 GB), "gzip-bomb", "retry-after" (429 with `retry_after`), "truncated"
    (fewer bytes than announced), "garbage" (no HTTP at all), "reset" (ends with a RST).
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host, port, tls=tls)
        self.drip_seconds = 0.2
        self.retry_after = "99999999999"
        self.redirect_to = "https://192.0.2.1/elsewhere"
        self.requests: list[HostileRequest] = []
        self._mode = "ok"
        self._answers: dict[str, Callable[[], Iterator[bytes]]] = {
            "ok": lambda: iter((_reply("200 OK", b"{}", "Content-Type: application/json"),)),
            "500": lambda: iter((_reply("500 Internal Server Error", b"oops"),)),
            "413": lambda: iter((_reply("413 Content Too Large", b""),)),
            "html": lambda: iter((_reply("200 OK", HTML, "Content-Type: text/html"),)),
            "redirect": lambda: iter((_reply("302 Found", b"", f"Location: {self.redirect_to}"),)),
            "never": self._never,
            "slow-loris": self._slow_loris,
            "slow-body": self._slow_body,
            "huge": self._huge,
            "gzip-bomb": lambda: iter((_gzip_bomb(),)),
            "retry-after": lambda: iter(
                (_reply("429 Too Many Requests", b"", f"Retry-After: {self.retry_after}"),)
            ),
            "truncated": lambda: iter((_reply("200 OK", b"{" * 100)[:-50],)),
            "garbage": lambda: iter((b"\x00\xff\x13\x37" * 64,)),
            "reset": lambda: iter(()),
        }

    @property
    def modes(self) -> tuple[str, ...]:
        return tuple(self._answers)

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        if mode not in self._answers:
            raise ValueError(f"no mode {mode!r}; there are {', '.join(self._answers)}")
        self._mode = mode

    @property
    def request_count(self) -> int:
        return len(self.requests)

    def serve(self, connection: socket.socket) -> None:
        """One request, one answer, then the end."""
        channel = self.secured(connection)
        self.requests.append(_read_request(channel))
        if self._mode == "never":
            read_away(channel)
            return
        for piece in self._answers[self._mode]():
            channel.sendall(piece)
        if self._mode == "reset":
            # SO_LINGER on, 0 seconds: close sends RST.
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _never(self) -> Iterator[bytes]:
        return iter(())

    def _slow_loris(self) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nX-Slow: "
        while not self.closing.wait(self.drip_seconds):
            yield b"a"

    def _slow_body(self) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        while not self.closing.wait(self.drip_seconds):
            yield b" "

    def _huge(self) -> Iterator[bytes]:
        yield f"HTTP/1.1 200 OK\r\nContent-Length: {TEN_GIGABYTES}\r\n\r\n".encode()
        block = b" " * 65536
        for _ in range(TEN_GIGABYTES // len(block)):
            if self.closing.is_set():
                return
            yield block


def _reply(status: str, body: bytes, *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def _gzip_bomb() -> bytes:
    packed = gzip.compress(bytes(BOMB_MEGABYTES * 1024**2), compresslevel=9, mtime=0)
    return _reply("200 OK", packed, "Content-Encoding: gzip", "Content-Type: application/json")


def _read_request(channel: socket.socket) -> HostileRequest:
    """Head up to the empty line, then Content-Length bytes; EOFError when the client ends before."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += read_exactly(channel, 1)
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return HostileRequest(first, headers, read_exactly(channel, int(headers.get("content-length", "0"))))


FIELDS = ("mode", "drip_seconds", "retry_after", "redirect_to", "request_count", "gone")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.hostile_endpoint", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any")
    parser.add_argument("--certificate", choices=CertificateFolder.KINDS, help="without: plain HTTP")
    control.add_arguments(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        certificates = CertificateFolder(Path(folder))
        tls = certificates.server_context(options.certificate) if options.certificate else None
        with HostileEndpoint(tls=tls, port=options.port) as endpoint:
            where = {
                "tcp": "{}:{}".format(*endpoint.address),
                "authority": str(certificates.authority_path),
            }
            control.serve(control.Controls(endpoint, fields=FIELDS, calls=()), where, options)


if __name__ == "__main__":
    main()
