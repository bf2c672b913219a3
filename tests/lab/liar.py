"""Forged ICMP messages about connections that their sender cannot see."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final

_IPV4: Final = struct.Struct("!BBHHHBBH4s4s")  # RFC 791 3.1
_ICMP: Final = struct.Struct("!BBHI")  # RFC 792
_TCP_BEGINNING: Final = struct.Struct("!HHI")  # ports, sequence number: RFC 9293 3.1


def checksum(data: bytes) -> int:
    """RFC 1071."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(source: str, target: str, protocol: int, body: bytes) -> bytes:
    addresses = socket.inet_aton(source), socket.inet_aton(target)
    head = _IPV4.pack(0x45, 0, _IPV4.size + len(body), 0, 0, 64, protocol, 0, *addresses)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def unreachable(sender: str, till: str, quoted: tuple[str, str, int, int], code: int = 13) -> bytes:
    """An ICMP "unreachable" to the till; `quoted`: source, target, and their TCP ports."""
    source, target, source_port, target_port = quoted
    beginning = _TCP_BEGINNING.pack(source_port, target_port, 0x13579BDF)  # it cannot know the number
    body = _ICMP.pack(3, code, 0, 0) + ipv4(source, target, socket.IPPROTO_TCP, beginning)
    body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
    return ipv4(sender, till, socket.IPPROTO_ICMP, body)


def lies(till: str, host: str, ports: Iterable[int], till_ports: range) -> Iterator[bytes]:
    """In the name of a router, of nobody, and of the till; about the right host and about others."""
    for port in ports:
        for own in till_ports:
            for sender in ("10.8.1.2", "0.0.0.0", "224.0.0.1", till):
                yield unreachable(sender, till, (till, host, own, port))
            yield unreachable("10.8.1.2", till, (till, "10.9.9.9", own, port))


def keep_lying(till: str, packets: list[bytes], ready: Callable[[], object]) -> None:
    """Until it is ended, all of them over and over."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
        ready()
        while True:
            for number, packet in enumerate(packets):
                sock.sendto(packet, (till, 0))
                if not number % 50:
                    time.sleep(0.001)
