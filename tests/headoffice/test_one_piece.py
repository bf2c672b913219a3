"""How many TLS records an answer is."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from tests.headoffice.office import Office
from tests.headoffice.own_tls import tls_options

ASKING = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Client:
    """TLS by hand, so that the records can be counted."""

    def __init__(self, line: socket.socket, context: ssl.SSLContext) -> None:
        self._line = line
        self._received, self._sent = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._received, self._sent, server_hostname="127.0.0.1")

    def ask(self) -> list[int]:
        """The lengths of the records that came until the answer's last line was there."""
        raw, answer = b"", b""
        self._tls.write(ASKING)
        while not answer.endswith(b"ok\n"):
            raw += self._exchanged()
            try:
                answer += self._tls.read(4096)
            except ssl.SSLWantReadError:
                continue
        return record_lengths(raw)

    def shake_hands(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._exchanged()
            else:
                return

    def _exchanged(self) -> bytes:
        self._line.sendall(self._sent.read())
        chunk = self._line.recv(4096)
        self._received.write(chunk)
        return chunk


def record_lengths(raw: bytes) -> list[int]:
    """RFC 8446 section 5.1: type, version, then two bytes of length."""
    lengths = []
    while raw:
        lengths.append(int.from_bytes(raw[3:5], "big"))
        raw = raw[5 + lengths[-1] :]
    return lengths


def test_head_and_body_are_one_record(tmp_path: Path) -> None:
    """Of the second answer on a connection; the first brings session tickets along."""
    office = Office(tmp_path, options=tls_options(tmp_path)).start()
    host, _, port = office.url.removeprefix("http://").partition(":")
    context = ssl.create_default_context(cafile=str(tmp_path / "chain.pem"))
    with socket.create_connection((host, int(port)), 10) as line:
        client = Client(line, context)
        client.shake_hands()
        client.ask()
        records = client.ask()
    office.stop()

    assert len(records) == 1
