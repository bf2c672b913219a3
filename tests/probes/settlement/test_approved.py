"""A settings file that is gone is told with when that was noticed first."""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.memory import Memory
from probes.payment_lines.clock import RELEASED
from probes.settlement.approved import read_approved
from probes.settlement.options import ApprovedFile
from probes.till import Till
from vocabulary.moments import as_fact
from vocabulary.reading import Status

WANTED = tuple(ApprovedFile(path=path, sha256="0" * 64) for path in ("/gone.ini", "/other.ini"))


def hour(number: int) -> float:
    """Since this program was released."""
    return RELEASED + number * 3600.0


class Store:
    """Its till is looked at whenever a test says; `memory` lasts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.memory = Memory()

    def since(self, at: float) -> list[str]:
        (self.root / "wall_seconds").write_text(f"{at}")
        readings = list(read_approved(WANTED, Till(self.root), self.memory))
        assert {each.status for each in readings} == {Status.FAILING}
        return [str(each.facts["since"]) for each in readings]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_the_moment_stays_from_round_to_round(store: Store) -> None:
    """Of each file its own, also while others come and go."""
    (store.root / "other.ini").touch()
    store.since(hour(1))
    (store.root / "other.ini").unlink()

    assert store.since(hour(2)) == store.since(hour(3)) == [as_fact(hour(1)), as_fact(hour(2))]


def test_one_that_was_there_meanwhile_is_gone_anew(store: Store) -> None:
    store.since(hour(1))
    (store.root / "gone.ini").touch()
    store.since(hour(2))
    (store.root / "gone.ini").unlink()

    assert store.since(hour(3)) == [as_fact(hour(3)), as_fact(hour(1))]


@pytest.mark.parametrize("wrong", [120.0, hour(40_000)])
def test_a_moment_by_a_clock_that_was_wrong_is_not_kept(store: Store, wrong: float) -> None:
    store.since(wrong)

    assert store.since(hour(1)) == store.since(hour(2)) == [as_fact(hour(1))] * 2
