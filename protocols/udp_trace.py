"""The way to a host that has no open port: UDP packets that may go only so far, all in flight at once."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from types import TracebackType
from typing import Final, Self

from protocols.icmp import Complaint, Opener, ask_for_complaints, complaints, limit_hops, new_socket
from protocols.path_trace import MAX_HOPS, Hop
from protocols.tcp_sweep import Outcome, judge

PORT: Final = 33434  # where traceroute(8) begins: a host answers "port unreachable"
_IP_MTU_DISCOVER: Final = 10  # linux/in.h; Python 3.11 does not name them
_IPV6_MTU_DISCOVER: Final = 23  # linux/in6.h
_PROBE: Final = 3
_CLOSED: Final = {False: (3, 3), True: (1, 4)}  # ICMP type and code by "is IPv6": port unreachable


class UdpTrace:
    """One packet per hop limit, sent on entering; the kernel keeps what comes back.

    None is cut in pieces, however big `body_bytes` makes it.
    """

    def __init__(
        self,
        address: str,
        max_hops: int = MAX_HOPS,
        *,
        body_bytes: int = 8,
        open_socket: Opener = new_socket,
    ) -> None:
        self._address = address
        self._max_hops = max_hops
        self._body = bytes(body_bytes)
        self._open_socket = open_socket
        self._selector = selectors.DefaultSelector()
        self._seen: dict[int, Hop] = {}

    def __enter__(self) -> Self:
        for distance in range(1, self._max_hops + 1):
            self._send(distance)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()

    def hops(self, deadline: float) -> tuple[Hop, ...]:
        """Nearest first, up to the host or what forbids the way; `deadline` is of time.monotonic().

        A host that answers is Outcome.OPEN, a silent distance Outcome.DROPPED.
        """
        while self._selector.get_map() and not self._complete():
            ready = self._selector.select(max(deadline - time.monotonic(), 0))
            if not ready:
                break
            for key, _ in ready:
                self._receive(key)
        return self._in_order()

    def send_again(self) -> None:
        """To every distance without an answer: datagrams, and the answers to them, get lost."""
        for key in self._selector.get_map().values():
            assert isinstance(key.fileobj, socket.socket)
            with contextlib.suppress(OSError):
                key.fileobj.send(self._body)

    def _send(self, distance: int) -> None:
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        try:
            sock = self._open_socket(family, socket.SOCK_DGRAM, 0)
        except OSError:
            return
        try:
            ask_for_complaints(sock)
            limit_hops(sock, distance)
            _never_cut(sock)
            sock.connect((self._address, PORT + distance))
            sock.send(self._body)
        except OSError:  # no route, or a filter of this machine
            sock.close()
            return
        self._selector.register(sock, selectors.EVENT_READ, distance)

    def _receive(self, key: selectors.SelectorKey) -> None:
        sock = key.fileobj
        assert isinstance(sock, socket.socket)
        self._selector.unregister(sock)
        with sock:
            found = complaints(sock)
            source = str(sock.getsockname()[0])
            replied = not found and _has_come(sock)
        if found or replied:
            self._seen[key.data] = self._hop(key.data, found[0] if found else None, source)

    def _hop(self, distance: int, complaint: Complaint | None, source: str) -> Hop:
        """Whatever the host itself sends has arrived there."""
        if complaint is None:
            return Hop(distance, Outcome.OPEN)
        closed = (complaint.type, complaint.code) == _CLOSED[complaint.ipv6]
        if closed and complaint.offender == self._address:
            return Hop(distance, Outcome.OPEN)
        outcome = judge(complaint, source)
        passed = outcome is Outcome.EXPIRED
        return Hop(distance, outcome, complaint.offender, None if passed else complaint)

    def _complete(self) -> bool:
        ends = [distance for distance, hop in self._seen.items() if hop.outcome is not Outcome.EXPIRED]
        return bool(ends) and all(distance in self._seen for distance in range(1, min(ends)))

    def _in_order(self) -> tuple[Hop, ...]:
        hops: list[Hop] = []
        for distance in range(1, self._max_hops + 1):
            hops.append(self._seen.get(distance, Hop(distance, Outcome.DROPPED)))
            if hops[-1].outcome not in {Outcome.EXPIRED, Outcome.DROPPED}:
                break
        return tuple(hops)


def _never_cut(sock: socket.socket) -> None:
    """IP_PMTUDISC_PROBE: do not fragment, and do not believe what was heard of the path before (ip(7))."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PROBE)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PROBE)


def _has_come(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) is not None
    except OSError:
        return False
