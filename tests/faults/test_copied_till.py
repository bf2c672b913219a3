"""A cloned disk image, a restored backup: two lives under the same numbers part, and both are seen."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.outbox.outbox import Outbox
from agent.sending.courier import Courier
from agent.sending.delivery import Route
from agent.sending.dispatch import Dispatch
from tests.agent.outboxes import full
from tests.counter import TOKEN, HeadOffice
from vocabulary.wire import Full, Pulse

pytestmark = pytest.mark.slow  # a real head office


class Till:
    def __init__(self, folder: Path, office: HeadOffice) -> None:
        self.outbox = Outbox(folder)
        self.courier = Courier(Route(url=office.url, terminal="t1", key=TOKEN.encode()), None)
        self.dispatch = Dispatch("t1", self.outbox, self.courier)

    def live(self, rounds: int, at: float) -> None:
        """`at` makes its heartbeats its own."""
        for _ in range(rounds):
            self.outbox.put(lambda _, number: Pulse(sequence=number, at=at + number, unchanged_since=0))

    def report(self) -> None:
        def make(spool: str, number: int) -> Full:
            self.dispatch.newest = full(spool, number)
            return self.dispatch.newest

        self.outbox.put(make)

    def until(self, condition: Callable[[], object]) -> None:
        limit = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < limit, self.dispatch.trouble
            self.dispatch.step(time.monotonic())
            time.sleep(0.002)

    def drain(self) -> None:
        self.until(lambda: self.outbox.is_empty and not self.courier.busy)

    def stop(self) -> None:
        self.courier.stop()
        self.outbox.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[HeadOffice]:
    made = HeadOffice(tmp_path)
    made.start()
    yield made
    made.stop()


def test_cloned_image(tmp_path: Path, office: HeadOffice) -> None:
    """The copy begins a new spool once, loses nothing, and head office shows both series and says so."""
    original = Till(tmp_path / "a", office)
    original.report()
    original.live(3, at=1000.0)
    original.drain()
    original.outbox.close()
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    original.outbox = original.dispatch._outbox = Outbox(tmp_path / "a")
    copy = Till(tmp_path / "b", office)
    spool = copy.outbox.spool_id
    original.live(4, at=2000.0)
    original.drain()
    copy.report()
    copy.live(5, at=3000.0)
    copy.drain()
    detail = office.terminal("t1")
    copy.stop()
    original.stop()

    assert copy.dispatch.conflict_at is not None
    assert {each["spool"]: each["stored_through"] for each in detail["series"]}.keys() > {spool}
    assert sorted(each["stored_through"] for each in detail["series"]) == [6, 8]
    assert detail["gaps"] == []
    assert detail["terminal"]["doubtful_identity"] is True


def test_restored_backup(tmp_path: Path, office: HeadOffice) -> None:
    """Head office is ahead of it: what it tells anew is stored under a new spool, each once."""
    till = Till(tmp_path / "a", office)
    till.live(5, at=1000.0)
    till.outbox.close()
    shutil.copytree(tmp_path / "a", tmp_path / "backup")
    till.outbox = till.dispatch._outbox = Outbox(tmp_path / "a")
    till.live(20, at=2000.0)
    till.drain()
    till.stop()
    restored = Till(tmp_path / "backup", office)
    restored.live(30, at=9000.0)
    restored.drain()
    restored.live(2, at=9500.0)
    restored.drain()
    detail = office.terminal("t1")
    restored.stop()

    assert [each["stored_through"] for each in detail["series"]] == [32, 25]
    assert detail["gaps"] == []


def test_an_answer_that_always_says_conflict_begins_one_spool(tmp_path: Path, office: HeadOffice) -> None:
    """Not one for each heartbeat."""
    till = Till(tmp_path / "a", office)
    till.live(3, at=1000.0)
    spools = {till.outbox.spool_id}
    for now in (0.0, 60.0, 3600.0):
        till.dispatch._sent, till.dispatch._sent_spool = [1], till.outbox.spool_id
        till.dispatch._part_ways([1], now)
        spools.add(till.outbox.spool_id)
    till.stop()

    assert len(spools) == 2
