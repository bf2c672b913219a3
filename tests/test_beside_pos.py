"""What a POS notices of our looks is measured of looks that took place."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks import beside_pos
from probes.settlement.options import SettlementOptions
from tests.pos_places import in_file


@pytest.mark.parametrize(("chance", "room"), [(0.9, 0.5), (0.1, 0.5), (0.1, 0.0)])
def test_idleness_lasts_as_long_as_the_look_beside_it(
    chance: float, room: float, till_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before or after it, also where the look takes longer than the quiet before it."""
    monkeypatch.setattr("random.random", lambda: chance)
    monkeypatch.setattr(beside_pos, "ROOM_SECONDS", room)
    place, begun = in_file(till_folder, "DELETE"), time.monotonic()
    found = beside_pos.pair(place.options)

    assert found
    looked, idle = found
    assert idle[0] > begun
    assert looked[1] - looked[0] == pytest.approx(idle[1] - idle[0])
    assert idle[1] == looked[0] if idle[0] < looked[0] else idle[0] == looked[1]


def test_a_look_that_reads_nothing_is_no_look(till_folder: Path) -> None:
    """It would cost the POS nothing."""
    nowhere = SettlementOptions(preset="unionpay", database=f"sqlite:{till_folder}/none.db")
    with pytest.raises(AssertionError, match="the books were not read"):
        beside_pos.look(nowhere)


def test_a_look_that_finds_the_lock_is_not_compared(till_folder: Path) -> None:
    """It ends at once, and cost the POS nothing."""
    place = in_file(till_folder, "DELETE")
    with closing(sqlite3.connect(place.where)) as pos:
        pos.execute("BEGIN EXCLUSIVE")

        assert beside_pos.pair(place.options) is None
