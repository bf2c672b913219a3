"""Many connections at once, on loopback; firewalls of every kind are in tests/lab."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocols.icmp import Complaint, PingOutcome, parse_complaint, ping
from protocols.tcp_sweep import Outcome, Sweep, Target, held_back_here, judge, sweep


@contextlib.contextmanager
def listener(backlog: int = 50) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as server:
        yield server.getsockname()[1]


@contextlib.contextmanager
def black_hole() -> Iterator[int]:
    """A listener whose backlog is full: Linux drops further SYNs."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(listener(backlog=0))
        for _ in range(2):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port


def test_open_refused_and_dropped_side_by_side() -> None:
    """In the order asked, whatever came first."""
    with black_hole() as hole, listener() as port:
        targets = [Target("127.0.0.1", each) for each in (hole, port, 1)]
        found = sweep(targets, 0.4)
    assert [each.outcome for each in found] == [Outcome.DROPPED, Outcome.OPEN, Outcome.REFUSED]
    assert [each.target for each in found] == targets


def test_ten_black_holes_cost_one_timeout() -> None:
    """Plus ten percent at most."""
    with black_hole() as hole:
        started = time.monotonic()
        found = sweep([Target("127.0.0.1", hole)] * 10, 1.5)
        seconds = time.monotonic() - started
    assert {each.outcome for each in found} == {Outcome.DROPPED}
    assert 1.5 <= seconds < 1.65


def test_twenty_healthy_ports_take_milliseconds() -> None:
    """One selector for all: far below one timeout even on a busy machine."""
    with listener() as port:
        started = time.monotonic()
        found = sweep([Target("127.0.0.1", port)] * 20)
        assert time.monotonic() - started < 0.25
    assert {each.outcome for each in found} == {Outcome.OPEN}


def test_no_sockets_are_left_behind() -> None:
    """Not even of those that never answered."""
    before = len(open_files())
    with black_hole() as hole:
        sweep([Target("127.0.0.1", hole)] * 5, 0.1)
    assert len(open_files()) == before


def open_files() -> list[Path]:
    return list(Path("/proc/self/fd").iterdir())


# struct sock_extended_err and a sockaddr_in or sockaddr_in6, as recvmsg handed them out on kernel 6.18
ADMIN_PROHIBITED = bytes.fromhex("71000000 02030d00 00000000 00000000 02000000 0a080102 0000000000000000")
LOCAL_ERROR = bytes.fromhex("71000000 01000000 00000000 00000000 00000000 00000000 0000000000000000")
IPV6_PROHIBITED = bytes.fromhex(
    "0d000000 03010100 00000000 00000000 0a000000 00000000 fd000000000000000000000000000001 00000000"
)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (ADMIN_PROHIBITED, Complaint("10.8.1.2", 3, 13)),
        (IPV6_PROHIBITED, Complaint("fd00::1", 1, 1, ipv6=True)),
        (LOCAL_ERROR, None),
        (ADMIN_PROHIBITED[:20], None),
        (ADMIN_PROHIBITED.replace(socket.inet_aton("10.8.1.2"), bytes(4)), None),
        (ADMIN_PROHIBITED.replace(socket.inet_aton("10.8.1.2"), b"\xe0\0\0\1"), None),
        (IPV6_PROHIBITED.replace(socket.inet_pton(socket.AF_INET6, "fd00::1"), bytes(16)), None),
        (b"", None),
    ],
)
def test_an_icmp_message_names_its_sender(body: bytes, complaint: Complaint | None) -> None:
    """What is none, cut short, or sent by nobody names no one."""
    assert parse_complaint(body) == complaint


@pytest.mark.parametrize(
    ("complaint", "outcome"),
    [
        (Complaint("10.8.0.1", 3, 10), Outcome.REJECTED),
        (Complaint("10.8.0.1", 3, 0), Outcome.UNREACHABLE),
        (Complaint("10.8.0.1", 11, 0), Outcome.EXPIRED),
        (Complaint("10.8.0.1", 5, 0), Outcome.FAILED),  # a redirect is no verdict
        (Complaint("10.8.0.2", 3, 10), Outcome.BLOCKED_HERE),
        (Complaint("10.8.0.2", 3, 1), Outcome.UNREACHABLE),
        (Complaint("fd00::1", 1, 1, ipv6=True), Outcome.REJECTED),
        (Complaint("fd00::1", 1, 0, ipv6=True), Outcome.UNREACHABLE),
        (Complaint("fd00::1", 3, 0, ipv6=True), Outcome.EXPIRED),
    ],
)
def test_each_icmp_code_has_one_meaning(complaint: Complaint, outcome: Outcome) -> None:
    """The same message from our own address is our own doing, but for a failed neighbour."""
    assert judge(complaint, "10.8.0.2") is outcome


def tcp_info(lost: int, retransmitted: int, total: int) -> bytes:
    info = bytearray(232)
    struct.pack_into("=II", info, 32, lost, retransmitted)
    struct.pack_into("=I", info, 100, total)
    return bytes(info)


@pytest.mark.parametrize(
    ("info", "here"),
    [
        (tcp_info(1, 0, 1), True),
        (tcp_info(1, 1, 1), False),
        (tcp_info(0, 0, 0), False),
        (b"", False),
    ],
)
def test_a_repeat_that_never_left_is_our_own_doing(info: bytes, here: bool) -> None:
    """Values measured for a drop in the output chain and one at the router."""
    assert held_back_here(info) is here


def test_ping_without_permission_says_so() -> None:
    """Debian's net.ipv4.ping_group_range is empty; where it is not, loopback answers."""
    assert ping("127.0.0.1", 0.5).outcome in {PingOutcome.NOT_PERMITTED, PingOutcome.REPLY}


def test_the_kernel_goes_on_while_nobody_waits() -> None:
    """What came meanwhile is told past the deadline too; only what is still silent is given up."""
    with listener() as well, black_hole() as hole, Sweep() as under_way:
        assert list(under_way.start([Target("127.0.0.1", well), Target("127.0.0.1", hole)])) == []
        time.sleep(0.05)
        (index, result), *rest = under_way.until(time.monotonic() - 1)
        assert (index, result.outcome, rest) == (0, Outcome.OPEN, [])
        assert list(under_way.pending) == [1]
        assert [result.outcome for _, result in under_way.give_up()] == [Outcome.DROPPED]
