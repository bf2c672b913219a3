"""Many TCP connections tried at once through one selector, each ending as one plain word.

Which outcome a firewall's answer leads to was measured against nftables in network namespaces: drop, reject
with tcp reset, port, host and admin-prohibited, at this machine, at a router and beyond.
"""

from __future__ import annotations

import errno
import selectors
import socket
import struct
import time
from collections.abc import Generator, Iterable, Iterator
from enum import StrEnum
from types import TracebackType
from typing import Final, Self

from msgspec import Struct

from protocols.icmp import (
    Complaint,
    Opener,
    ask_for_complaints,
    complaints,
    endpoint,
    limit_hops,
    name_of,
    new_socket,
)

_TCP_INFO: Final = 11
_LOST: Final = 32  # offsets in struct tcp_info, linux/tcp.h
_RETRANSMITTED: Final = 36
_TOTAL_RETRANSMITS: Final = 100
_UNSIGNED: Final = struct.Struct("=I")

_UNREACHABLE: Final = {False: 3, True: 1}  # ICMP type by "is IPv6"
_EXPIRED: Final = {False: 11, True: 3}
_HOST_UNREACHABLE: Final = {False: 1, True: 3}  # codes; from our own address: nobody answered ARP or ND
# Codes a filter sends. RFC 1122 3.2.2.1 and RFC 1812 5.2.7.1: protocol, port, net/host/communication
# administratively prohibited; RFC 4443 3.1: prohibited, port, policy, reject route.
_POLICY: Final = {False: frozenset({2, 3, 9, 10, 13}), True: frozenset({1, 4, 5, 6})}
# Answers of connect() itself. EPERM: an LSM, or a control group's address filter; EACCES, EINVAL,
# EHOSTUNREACH: prohibit, blackhole and unreachable routes of ip-route(8).
_HERE: Final = frozenset({errno.EPERM, errno.EACCES, errno.EINVAL, errno.EHOSTUNREACH})


class Outcome(StrEnum):
    """UNREACHABLE: a hop knows no way on, or, where the offender is ourselves, the next hop is dead."""

    OPEN = "open"
    REFUSED = "refused"
    DROPPED = "dropped"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    EXPIRED = "expired"
    BLOCKED_HERE = "blocked-here"
    NO_ROUTE = "no-route"
    FAILED = "failed"


class Target(Struct, frozen=True):
    """`address` is numeric; `hops` limits how far the packet goes, 0 for no limit."""

    address: str
    port: int
    hops: int = 0


class Result(Struct, frozen=True, kw_only=True):
    """`source` is this machine's address towards the target; `error` the errno's name, if any.

    `repeated`: the answer took a second SYN, so the first, or its answer, was lost.
    """

    target: Target
    outcome: Outcome
    seconds: float = 0.0
    source: str = ""
    complaint: Complaint | None = None
    error: str = ""
    repeated: bool = False


def sweep(
    targets: Iterable[Target], timeout_seconds: float = 3.0, *, open_socket: Opener = new_socket
) -> list[Result]:
    """One result per target, in their order, after `timeout_seconds` at the latest.

    SYN is sent at 0, 1 and (just) 3 s: below 1.1 s a single lost packet reads as DROPPED, and a drop by this
    machine's own filter cannot be told from one elsewhere.
    """
    wanted = list(targets)
    found = dict(results(wanted, timeout_seconds, open_socket=open_socket))
    return [found[index] for index in range(len(wanted))]


def results(
    targets: Iterable[Target], timeout_seconds: float = 3.0, *, open_socket: Opener = new_socket
) -> Generator[tuple[int, Result], None, None]:
    """The same as they come, with the target's index. Closing the generator gives up on the rest."""
    deadline = time.monotonic() + timeout_seconds
    with Sweep(open_socket) as sweep:
        yield from sweep.start(targets)
        yield from sweep.until(deadline)
        yield from sweep.give_up()


class Sweep:
    """Connections under way. The kernel goes on with those that nobody waits for at the moment."""

    def __init__(self, open_socket: Opener = new_socket) -> None:
        self._open_socket = open_socket
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for key in list(self._selector.get_map().values()):
            key.data.sock.close()
        self._selector.close()

    @property
    def pending(self) -> frozenset[int]:
        """The indexes of those without an answer yet."""
        return frozenset(key.data.index for key in self._selector.get_map().values())

    def start(self, targets: Iterable[Target]) -> Iterator[tuple[int, Result]]:
        """Try them all; what connect() itself answers comes at once."""
        for index, target in enumerate(targets):
            at_once = _start(self._selector, index, target, self._open_socket)
            if at_once is not None:
                yield index, at_once

    def until(self, deadline: float) -> Iterator[tuple[int, Result]]:
        """Answers as they come, up to a moment of time.monotonic(), or to the last of them.

        What the kernel has already is told even where the moment is past.
        """
        while self._selector.get_map():
            ready = self._selector.select(max(deadline - time.monotonic(), 0))
            if not ready:
                return
            for key, _ in ready:
                self._selector.unregister(key.fileobj)
                code = key.data.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                yield key.data.index, _finish(key.data, code)

    def give_up(self) -> Iterator[tuple[int, Result]]:
        """Those still without an answer."""
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
            yield key.data.index, _finish(key.data, errno.ETIMEDOUT)


class _Attempt(Struct):
    index: int
    target: Target
    sock: socket.socket
    started: float


def _start(
    selector: selectors.BaseSelector, index: int, target: Target, open_socket: Opener
) -> Result | None:
    family = socket.AF_INET6 if ":" in target.address else socket.AF_INET
    try:
        sock = open_socket(family, socket.SOCK_STREAM, 0)
    except OSError as error:
        return Result(target=target, outcome=Outcome.FAILED, error=name_of(error))
    attempt = _Attempt(index, target, sock, time.monotonic())
    try:
        ask_for_complaints(sock)
        if target.hops:
            limit_hops(sock, target.hops)
        code = sock.connect_ex(endpoint(target.address, target.port))
    except OSError as error:  # not an address, or the kernel will not
        sock.close()
        return Result(target=target, outcome=Outcome.FAILED, error=name_of(error))
    if code in {0, errno.EINPROGRESS}:
        selector.register(sock, selectors.EVENT_WRITE, attempt)
        return None
    return _finish(attempt, code, at_once=True)


def _finish(attempt: _Attempt, code: int, *, at_once: bool = False) -> Result:
    """On a path below a millisecond ICMP overtakes connect(): trust the queue before the errno."""
    seconds = time.monotonic() - attempt.started
    with attempt.sock as sock:
        found = complaints(sock)
        source = _source(sock)
        info = _tcp_info(sock)
    complaint = found[0] if found else None
    if complaint is not None and code:
        outcome = judge(complaint, source)
    elif code == errno.ETIMEDOUT and held_back_here(info):
        outcome = Outcome.BLOCKED_HERE
    else:
        outcome = _outcome(code, at_once=at_once)
    return Result(
        target=attempt.target,
        outcome=outcome,
        seconds=seconds,
        source=source,
        complaint=complaint,
        error=errno.errorcode.get(code, "") if code else "",
        repeated=_field(info, _TOTAL_RETRANSMITS) > 0,
    )


def judge(complaint: Complaint, source: str) -> Outcome:
    """What an ICMP message means for a connection from `source`."""
    six = complaint.ipv6
    if complaint.type == _EXPIRED[six]:
        return Outcome.EXPIRED
    if complaint.type != _UNREACHABLE[six]:
        return Outcome.FAILED
    if complaint.offender == source and complaint.code != _HOST_UNREACHABLE[six]:
        return Outcome.BLOCKED_HERE
    return Outcome.REJECTED if complaint.code in _POLICY[six] else Outcome.UNREACHABLE


def held_back_here(info: bytes) -> bool:
    """The repeated SYN never left this machine: its own filter dropped it.

    tcp_retransmit_skb() counts a segment in `tcpi_retrans` only when it was sent, yet in `tcpi_total_retrans`
    always (net/ipv4/tcp_output.c). Measured: 0 and 1 for a dropping output chain, 1 and 1 for one elsewhere.
    """
    return (
        _field(info, _TOTAL_RETRANSMITS) > 0 and _field(info, _LOST) > 0 and not _field(info, _RETRANSMITTED)
    )


def _outcome(code: int, *, at_once: bool) -> Outcome:
    if not code:
        return Outcome.OPEN
    if code in {errno.ECONNREFUSED, errno.ECONNRESET}:
        return Outcome.REFUSED
    if code == errno.ETIMEDOUT:
        return Outcome.DROPPED
    if code == errno.ENETUNREACH:
        return Outcome.NO_ROUTE
    if code in _HERE:
        return Outcome.BLOCKED_HERE if at_once else Outcome.UNREACHABLE
    return Outcome.FAILED


def _source(sock: socket.socket) -> str:
    try:
        address = str(sock.getsockname()[0])
    except OSError:
        return ""
    return "" if address in {"0.0.0.0", "::"} else address  # not bound


def _tcp_info(sock: socket.socket) -> bytes:
    try:
        return sock.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, 256)
    except OSError:
        return b""


def _field(info: bytes, offset: int) -> int:
    return int(_UNSIGNED.unpack_from(info, offset)[0]) if len(info) >= offset + 4 else 0
