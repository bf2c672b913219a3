"""A name server that answers as told, well or badly."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

Behaviour = Callable[[bytes], list[bytes]]  # a query to the packets sent back


def reply(query: bytes, *records: bytes, rcode: int = 0, identifier: bytes | None = None) -> bytes:
    """A response with the query's own question (RFC 1035 4.1.1): QR, RD and RA set."""
    flags = struct.pack("!H", 0x8180 | rcode)
    counts = struct.pack("!HHHH", 1, len(records), 0, 0)
    return (identifier or query[:2]) + flags + counts + query[12:] + b"".join(records)


def record(kind: int, body: bytes) -> bytes:
    """A record whose owner is a pointer to the question's name (RFC 1035 4.1.4)."""
    return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(body)) + body


def address(text: str) -> Behaviour:
    """For every name but those that cannot exist (RFC 6761 6.4)."""
    told = any_name(text)
    return lambda query: denial(3)(query) if b"\x07invalid\x00" in query else told(query)


def any_name(text: str) -> Behaviour:
    """A liar: as a login page's name server answers."""
    return lambda query: [reply(query, record(1, socket.inet_aton(text)))]


def denial(rcode: int) -> Behaviour:
    return lambda query: [reply(query, rcode=rcode)]


def silence(_query: bytes) -> list[bytes]:
    return []


def serve_names(sock: socket.socket, behaviour: Behaviour) -> None:
    """Until the socket is closed."""
    with contextlib.suppress(OSError):
        while True:
            query, client = sock.recvfrom(4096)
            if not query:
                return
            for packet in behaviour(query):
                sock.sendto(packet, client)


@contextlib.contextmanager
def name_server(behaviour: Behaviour) -> Iterator[int]:
    """Its port on 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        thread = threading.Thread(target=serve_names, args=(sock, behaviour))
        thread.start()
        try:
            yield port
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", ("127.0.0.1", port))  # an empty packet ends it
            thread.join()
