"""What routers and hosts answer by ICMP, as an ordinary user sees it: a socket's error queue, datagram ping.

struct sock_extended_err and the offender behind it: Linux include/uapi/linux/errqueue.h, and ip(7) under
IP_RECVERR. Python 3.11 does not name the constants.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from msgspec import Struct

Opener = Callable[[int, int, int], socket.socket]

IP_RECVERR: Final = 11  # linux/in.h
IPV6_RECVERR: Final = 25  # linux/in6.h
IPV6_UNICAST_HOPS: Final = 16
_ORIGIN_ICMP: Final = 2  # SO_EE_ORIGIN_ICMP
_ORIGIN_ICMP6: Final = 3
_EXTENDED_ERROR: Final = struct.Struct("=IBBBxII")  # errno, origin, type, code, info, data
_OFFENDER_IPV4: Final = _EXTENDED_ERROR.size + 4  # sockaddr_in: family, port, address
_OFFENDER_IPV6: Final = _EXTENDED_ERROR.size + 8  # sockaddr_in6: family, port, flow label, address
_QUEUE: Final = {(socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)}
_ECHO: Final = struct.Struct("!BBHHH")  # RFC 792: type, code, checksum, identifier, sequence
_ECHO_REQUEST: Final = {socket.AF_INET: 8, socket.AF_INET6: 128}  # RFC 792, RFC 4443 4.1 and 4.2
_ECHO_REPLY: Final = {socket.AF_INET: 0, socket.AF_INET6: 129}
_PING: Final = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}


class Complaint(Struct, frozen=True):
    """One ICMP message about our packet. `offender` sent it: a router, the target, or this machine.

    `type` and `code` by RFC 792, for IPv6 by RFC 4443.
    """

    offender: str
    type: int
    code: int
    ipv6: bool = False


class PingOutcome(StrEnum):
    REPLY = "reply"
    SILENT = "silent"
    NOT_PERMITTED = "not-permitted"
    COMPLAINT = "complaint"
    NOT_SENT = "not-sent"


class Ping(Struct, frozen=True):
    """`error` is the errno's name where the packet never left."""

    outcome: PingOutcome
    seconds: float = 0.0
    complaint: Complaint | None = None
    error: str = ""


def new_socket(family: int, kind: int, protocol: int = 0) -> socket.socket:
    """A non-blocking socket. Raise OSError."""
    made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    return made


def endpoint(address: str, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    """What connect() takes; of "fe80::1%eth0" Python drops the zone unless it stands apart. Raise OSError."""
    bare, _, zone = address.partition("%")
    return (bare, port, 0, socket.if_nametoindex(zone)) if zone else (address, port)


def ask_for_complaints(sock: socket.socket) -> None:
    """Keep ICMP messages in the socket's error queue. Raise OSError."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)


def limit_hops(sock: socket.socket, hops: int) -> None:
    """`hops` is 1..255. Raise OSError."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_UNICAST_HOPS, hops)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)


def complaints(sock: socket.socket) -> tuple[Complaint, ...]:
    """Empty the error queue. Read SO_ERROR first: draining the queue clears it (net/core/skbuff.c)."""
    found: list[Complaint] = []
    while True:
        try:
            _, ancillary, _, _ = sock.recvmsg(576, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except OSError:
            return tuple(found)
        for level, kind, body in ancillary:
            complaint = parse_complaint(body) if (level, kind) in _QUEUE else None
            if complaint is not None:
                found.append(complaint)


def parse_complaint(body: bytes) -> Complaint | None:
    """None for an error that no ICMP message brought, one that is cut short, or whose sender cannot be."""
    if len(body) < _OFFENDER_IPV4 + 4:
        return None
    _, origin, icmp_type, code, _, _ = _EXTENDED_ERROR.unpack_from(body)
    if origin == _ORIGIN_ICMP:
        sender = body[_OFFENDER_IPV4 : _OFFENDER_IPV4 + 4]
        return Complaint(socket.inet_ntoa(sender), icmp_type, code) if _may_send(sender) else None
    if origin == _ORIGIN_ICMP6 and len(body) >= _OFFENDER_IPV6 + 16:
        sender = body[_OFFENDER_IPV6 : _OFFENDER_IPV6 + 16]
        offender = socket.inet_ntop(socket.AF_INET6, sender)
        return Complaint(offender, icmp_type, code, ipv6=True) if _may_send(sender) else None
    return None


def _may_send(address: bytes) -> bool:
    """Nobody sends as 0.0.0.0/8, "::", or a group (RFC 1122 3.2.1.3, RFC 4291 2.5.2 and 2.7): a liar does."""
    if len(address) == 16:
        return any(address) and address[0] != 0xFF
    return 0 < address[0] < 224


def ping(address: str, timeout_seconds: float, *, tries: int = 2, open_socket: Opener = new_socket) -> Ping:
    """Echo requests spread over `timeout_seconds`, the first reply counts. Link-local needs its zone.

    NOT_PERMITTED where net.ipv4.ping_group_range does not hold our group (icmp(7)).
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        sock = open_socket(family, socket.SOCK_DGRAM, _PING[family])
    except OSError as error:
        denied = error.errno in {errno.EACCES, errno.EPERM}
        return Ping(PingOutcome.NOT_PERMITTED if denied else PingOutcome.NOT_SENT, error=name_of(error))
    with sock:
        ask_for_complaints(sock)
        for sequence in range(1, tries + 1):
            answer = _ping_once(sock, address, sequence, timeout_seconds / tries)
            if answer.outcome is not PingOutcome.SILENT:
                break
        return answer


def _ping_once(sock: socket.socket, address: str, sequence: int, timeout_seconds: float) -> Ping:
    started = time.monotonic()
    deadline = started + timeout_seconds
    try:  # the kernel fills in checksum and identifier
        kind = _ECHO_REQUEST[socket.AddressFamily(sock.family)]
        sock.sendto(_ECHO.pack(kind, 0, 0, 0, sequence) + bytes(32), endpoint(address, 0))
    except OSError as error:
        return Ping(PingOutcome.NOT_SENT, error=name_of(error))
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0 and poll.poll(left * 1000):
        found = complaints(sock)
        if found:
            return Ping(PingOutcome.COMPLAINT, time.monotonic() - started, found[0])
        if _is_reply(sock):
            return Ping(PingOutcome.REPLY, time.monotonic() - started)
    return Ping(PingOutcome.SILENT)


def _is_reply(sock: socket.socket) -> bool:
    """A late reply to an earlier try counts as well: it is alive."""
    try:
        reply = sock.recv(2048)
    except OSError:
        return False
    return len(reply) >= _ECHO.size and reply[0] == _ECHO_REPLY[socket.AddressFamily(sock.family)]


def name_of(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "")
