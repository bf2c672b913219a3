"""What the agent says of its own reporting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import reporting
from agent.diagnosis import diagnose
from agent.outbox.outbox import Outbox
from agent.own_conditions import ALL_CONDITIONS
from agent.sending.courier import Courier
from agent.sending.delivery import Route, Undelivered
from agent.sending.dispatch import Dispatch
from probes.device import disk_conditions as disks
from tests.agent.outboxes import fill
from vocabulary.reading import Reading, Status
from vocabulary.report import Known
from vocabulary.texts import words

REFUSED = Undelivered(kind="unauthorised", detail="401", cause="unauthorised")
AWAY = Undelivered(kind="retry", detail="ConnectionError", cause="line-down")


class Till:
    def __init__(self, folder: Path) -> None:
        self.outbox = Outbox(folder)
        courier = Courier(Route(url="http://127.0.0.1:9", terminal="t1", key=b"k"), None)
        self.dispatch = Dispatch("t1", self.outbox, courier)

    def readings(self, at: float = 100.0) -> tuple[Reading, ...]:
        return tuple(reporting.readings(self.outbox, self.dispatch, "/var/lib/poshealth", "t1", at))

    def failing(self, at: float = 100.0) -> list[str]:
        return [reading.code for reading in self.readings(at) if reading.status is Status.FAILING]


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    made = Till(tmp_path / "spool")
    yield made
    made.outbox.close()


def test_a_till_that_is_well_says_nothing(till: Till) -> None:
    fill(till.outbox, 1)
    assert till.failing() == []


def test_a_refusal_is_not_silence(till: Till) -> None:
    """Who is refused needs another step than who is not heard."""
    till.dispatch._settle(AWAY, 1.0)
    assert till.failing() == ["agent.head-office-unreachable"]
    till.dispatch._settle(REFUSED, 2.0)
    assert till.failing() == ["agent.head-office-refuses"]


def test_a_spent_ballast_is_a_full_disk(till: Till) -> None:
    assert till.outbox._ballast
    till.outbox._ballast.spend()
    assert till.failing() == ["agent.disk-full"]


def test_a_full_disk_that_the_probe_sees_too_is_one_cause(till: Till) -> None:
    """Whoever frees it mends both; a full disk that lies elsewhere explains nothing."""
    assert till.outbox._ballast
    till.outbox._ballast.spend()
    own = [r for r in till.readings() if r.status is Status.FAILING]
    point = own[0].through[0]

    def causes(at: str) -> list[str]:
        seen = disks.DISK_FULL.failing(at, through=(at,), mebibytes=30_720, free_mebibytes=5)
        known = tuple(Known(reading=reading, since=0.0) for reading in (*own, seen))
        return [cause.code for cause in diagnose(known, ALL_CONDITIONS).causes]

    assert causes(point) == ["device.disk-full"]
    assert set(causes("/elsewhere")) == {"agent.disk-full", "device.disk-full"}


def test_numbers_used_twice_are_told_for_a_day(till: Till) -> None:
    fill(till.outbox, 1)
    till.dispatch._sent, till.dispatch._sent_spool = [1], till.outbox.spool_id
    till.dispatch._part_ways([1], 100.0)
    assert till.failing(50_000.0) == ["agent.identity-used-twice"]
    assert till.failing(100_000.0) == []


def test_a_damaged_spool_is_told(tmp_path: Path) -> None:
    """How much could be read back, and how much could not."""
    first = Outbox(tmp_path)
    fill(first, 30)
    first.close()
    path = tmp_path / "outbox.db"
    path.write_bytes(path.read_bytes()[:-4096])
    till = Till(tmp_path)
    assert till.outbox.salvaged
    assert till.failing(till.outbox.salvaged.at + 1) == ["agent.spool-damaged"]
    till.outbox.close()


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert Till(tmp_path / "file").failing() == ["agent.spool-in-memory"]


@pytest.mark.parametrize(("plainly", "whom"), [(False, "head office"), (True, "the central endpoint")])
def test_it_is_said_who_does_not_answer(till: Till, plainly: bool, whom: str) -> None:
    """A till with an endpoint of its owner's has no head office."""
    till.dispatch.plainly = plainly
    for outcome in (AWAY, REFUSED):
        till.dispatch._settle(outcome, 1.0)
        found = reporting.readings(till.outbox, till.dispatch, "/", "t1", 1.0)
        (failing,) = (reading for reading in found if reading.status is Status.FAILING)
        said = words(ALL_CONDITIONS[failing.code], (failing,), "en")
        assert whom in said.text
        assert whom in said.remedy
