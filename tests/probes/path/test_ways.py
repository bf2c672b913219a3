"""The way to a host, kept as long as it is useful."""

from __future__ import annotations

from msgspec.structs import replace

from probes.memory import MAX_BYTES, Memory
from probes.path.evidence import Wanted
from probes.path.ways import Ways
from probes.routing import Course
from protocols.path_trace import Hop
from protocols.tcp_sweep import Outcome

HOST = Wanted(
    subject="x", purpose="x", target="x", address="10.8.3.2", port=1, course=Course(way=("eth0", "10.8.0.1"))
)
WAY = (Hop(1, Outcome.EXPIRED, "10.8.0.1"), Hop(2, Outcome.DROPPED), Hop(3, Outcome.OPEN))


def test_a_way_is_kept_from_round_to_round() -> None:
    """With its silent hop, and not for another gateway."""
    memory = Memory()
    Ways(memory).remember(HOST, WAY)

    assert Ways(Memory(memory.values())).of(HOST) == WAY
    assert Ways(memory).of(replace(HOST, course=Course(way=("wwan0", "10.64.0.1")))) == ()


def test_a_way_that_did_not_arrive_is_not_kept() -> None:
    """What blocks today must not pass for normal tomorrow."""
    memory = Memory()
    Ways(memory).remember(HOST, WAY[:2])

    assert memory.values() == {}


def test_the_newest_hosts_fit() -> None:
    """A hundred hosts never fill the memory."""
    memory = Memory()
    for number in range(100):
        long = tuple(Hop(at, Outcome.EXPIRED, f"2001:db8::{at:x}") for at in range(1, 12))
        Ways(memory).remember(replace(HOST, address=f"10.8.3.{number}"), (*long, Hop(12, Outcome.OPEN)))

    assert Ways(memory).of(replace(HOST, address="10.8.3.99"))
    assert len(str(memory.values())) < MAX_BYTES


def test_rubbish_in_the_memory_is_no_way() -> None:
    """An older program may have left it."""
    kept: tuple[object, ...] = (7, {"10.8.0.1 10.8.3.2": "x"}, [])
    for rubbish in kept:
        assert Ways(Memory({"ways": rubbish})).of(HOST) == ()
