"""Questions to name servers that answer well, badly or not at all."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dns import Answer, Kind, Outcome, Question, Server, ask, build_query, parse_answer, resolve
from tests.name_server import Behaviour, address, denial, name_server, record, reply, silence

NAME = "host.acquirer.test"
ALIAS = record(5, b"\x03www\xc0\x11")


def once(behaviour: Behaviour, kind: Kind = Kind.A) -> Answer:
    with name_server(behaviour) as port:
        return ask([Question(Server("127.0.0.1", port), NAME, kind)], 0.4, resend_seconds=0.15)[0]


def late(query: bytes) -> list[bytes]:
    """An answer to something else first, then the right one."""
    return [reply(query, identifier=b"\0\0"), b"", reply(query, record(1, b"\x0a\x08\x03\x02"))]


def other_question(query: bytes) -> list[bytes]:
    return [reply(query.replace(b"acquirer", b"attacker"), record(1, b"\x0a\x08\x03\x02"))]


def cut_short(query: bytes) -> list[bytes]:
    return [reply(query, record(1, b"\x0a\x08\x03\x02"))[:-2]]


def truncated(query: bytes, *records: bytes) -> list[bytes]:
    """RFC 1035 4.1.1: TC says that there was more."""
    packet = reply(query, *records)
    return [packet[:2] + bytes([packet[2] | 0x02]) + packet[3:]]


def truncated_within_a_record(query: bytes) -> list[bytes]:
    return [truncated(query, record(1, b"\x0a\x08\x03\x02"))[0][:-2]]


def looping(query: bytes) -> list[bytes]:
    """RFC 1035 4.1.4 forbids a pointer to itself; the record is cut off behind it."""
    return [reply(query, b"\xc0" + bytes([len(query)]))]


@pytest.mark.parametrize(
    ("behaviour", "outcome", "addresses"),
    [
        (address("10.8.3.2"), Outcome.ANSWERED, ("10.8.3.2",)),
        (lambda q: [reply(q, ALIAS, record(1, b"\x0a\x08\x03\x02"))], Outcome.ANSWERED, ("10.8.3.2",)),
        (denial(0), Outcome.ANSWERED, ()),
        (denial(2), Outcome.SERVER_FAILURE, ()),
        (denial(3), Outcome.NO_SUCH_NAME, ()),
        (denial(5), Outcome.REFUSED, ()),
        (denial(9), Outcome.REFUSED, ()),
        (late, Outcome.ANSWERED, ("10.8.3.2",)),
        (silence, Outcome.SILENT, ()),
        (lambda q: [q], Outcome.GARBAGE, ()),  # an echo of the query is no response
        (lambda _: [b"HTTP/1.1 400 Bad Request\r\n\r\n"], Outcome.GARBAGE, ()),
        (other_question, Outcome.GARBAGE, ()),
        (cut_short, Outcome.GARBAGE, ()),
        (looping, Outcome.GARBAGE, ()),
        (lambda q: [reply(q) + b"\xff" * 4000], Outcome.ANSWERED, ()),
        (truncated, Outcome.TRUNCATED, ()),
        (truncated_within_a_record, Outcome.TRUNCATED, ()),
        (lambda q: [truncated(q, record(1, b"\x0a\x08\x03\x02"))[0]], Outcome.ANSWERED, ("10.8.3.2",)),
    ],
)
def test_each_answer_has_one_outcome(
    behaviour: Behaviour, outcome: Outcome, addresses: tuple[str, ...]
) -> None:
    """And only an answer to this very question counts."""
    answer = once(behaviour)
    assert (answer.outcome, answer.addresses) == (outcome, addresses)


def test_an_ipv6_address() -> None:
    """RFC 3596: sixteen bytes of type 28."""
    answer = once(lambda q: [reply(q, record(28, socket.inet_pton(socket.AF_INET6, "fd00::2")))], Kind.AAAA)
    assert answer.addresses == ("fd00::2",)


def test_a_closed_port_is_known_at_once() -> None:
    """A connected socket hears the ICMP refusal."""
    started = time.monotonic()
    answer = ask([Question(Server("127.0.0.1", 1), NAME)], 3.0)[0]
    assert answer.outcome is Outcome.CLOSED
    assert time.monotonic() - started < 1.0


def test_a_lost_query_is_sent_again() -> None:
    """The first is swallowed, the second answered."""
    seen: list[bytes] = []

    def second_time(query: bytes) -> list[bytes]:
        seen.append(query)
        return address("10.8.3.2")(query) if len(seen) > 1 else []

    assert once(second_time).outcome is Outcome.ANSWERED
    assert seen[0] == seen[1]


def test_many_are_asked_at_the_same_time() -> None:
    """Ten silent servers cost one timeout."""
    with name_server(silence) as port:
        started = time.monotonic()
        answers = ask([Question(Server("127.0.0.1", port), NAME)] * 10, 0.3)
    assert {answer.outcome for answer in answers} == {Outcome.SILENT}
    assert time.monotonic() - started < 0.6


def test_the_best_answer_of_all_servers_wins() -> None:
    """Addresses go before a denial, a denial before a failure."""
    with (
        name_server(denial(2)) as bad,
        name_server(denial(3)) as none,
        name_server(address("10.8.3.2")) as good,
    ):
        servers = [Server("127.0.0.1", port) for port in (bad, none, good)]
        assert resolve([NAME], servers)[NAME].addresses == ("10.8.3.2",)
        assert resolve([NAME], servers[:2])[NAME].outcome is Outcome.NO_SUCH_NAME
        assert resolve([NAME, "a..b"], servers[:1]).keys() == {NAME}


@pytest.mark.parametrize("name", ["a..b", "x" * 64, ".".join(["x" * 60] * 5)])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    """RFC 1035 2.3.4."""
    with pytest.raises(ValueError, match="not a host name"):
        build_query(Question(Server("127.0.0.1"), name), 1)


def test_the_query_on_the_wire() -> None:
    """RFC 1035 4.1.1 and 4.1.2: one question, recursion desired, type A, class IN."""
    query = build_query(Question(Server("127.0.0.1"), "a.test."), 0x1234)
    assert query == bytes.fromhex("1234 0100 0001 0000 0000 0000 01 61 04 74657374 00 0001 0001")
    assert build_query(Question(Server("127.0.0.1"), "."), 0)[12:] == bytes.fromhex("00 0001 0001")


@given(st.binary(max_size=200))
def test_no_packet_upsets_the_parser(tail: bytes) -> None:
    """Whatever follows a matching question."""
    query = build_query(Question(Server("127.0.0.1"), NAME), 7)
    packet = query[:2] + struct.pack("!HHHHH", 0x8180, 1, 9, 0, 0) + query[12:] + tail
    parsed = parse_answer(packet, query, Kind.A)
    assert parsed is None or all(socket.inet_aton(each) for each in parsed[1])


@pytest.fixture
def dnsmasq(tmp_path: Path) -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = shutil.which("dnsmasq") or "/usr/sbin/dnsmasq"
    quiet = ("--no-resolv", "--no-hosts", "--bind-interfaces", "--listen-address=127.0.0.1", "--no-daemon")
    named = (f"--port={port}", f"--pid-file={tmp_path / 'pid'}", f"--address=/{NAME}/10.8.3.2")
    with subprocess.Popen(
        [program, "--conf-file=/dev/null", *quiet, *named], stderr=subprocess.DEVNULL
    ) as run:
        try:
            deadline = time.monotonic() + 5
            question = Question(Server("127.0.0.1", port), ".")
            while ask([question], 0.3)[0].outcome is Outcome.CLOSED and time.monotonic() < deadline:
                time.sleep(0.02)
            yield port
        finally:
            run.terminate()


def test_a_real_name_server(dnsmasq: int) -> None:
    """It knows one name and refuses the rest, having no one to ask."""
    server = Server("127.0.0.1", dnsmasq)
    known, unknown = ask([Question(server, NAME), Question(server, "elsewhere.test")])
    assert known.addresses == ("10.8.3.2",)
    assert unknown.outcome is Outcome.REFUSED
