"""A settings file that is gone is told with when that was noticed first."""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.memory import Memory
from probes.settlement.approved import read_approved
from probes.settlement.options import ApprovedFile
from probes.till import Till
from vocabulary.moments import as_fact
from vocabulary.reading import Status

HOUR = 3600.0
WANTED = tuple(ApprovedFile(path=path, sha256="0" * 64) for path in ("/gone.ini", "/other.ini"))


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
    store.since(1 * HOUR)
    (store.root / "other.ini").unlink()

    assert store.since(2 * HOUR) == store.since(3 * HOUR) == [as_fact(1 * HOUR), as_fact(2 * HOUR)]


def test_one_that_was_there_meanwhile_is_gone_anew(store: Store) -> None:
    store.since(1 * HOUR)
    (store.root / "gone.ini").touch()
    store.since(2 * HOUR)
    (store.root / "gone.ini").unlink()

    assert store.since(3 * HOUR) == [as_fact(3 * HOUR), as_fact(1 * HOUR)]
