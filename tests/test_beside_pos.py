"""What a POS notices of our looks is measured of looks that took place."""

from __future__ import annotations

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
    monkeypatch.setattr(beside_pos.random, "random", lambda: chance)
    monkeypatch.setattr(beside_pos, "ROOM_SECONDS", room)
    looked, idle = beside_pos.pair(in_file(till_folder, "DELETE").options)

    assert looked[1] - looked[0] == pytest.approx(idle[1] - idle[0])
    assert idle[1] == looked[0] if idle[0] < looked[0] else idle[0] == looked[1]


def test_a_look_that_reads_nothing_is_no_look(till_folder: Path) -> None:
    """It would cost the POS nothing."""
    nowhere = SettlementOptions(preset="unionpay", database=f"sqlite:{till_folder}/none.db")
    with pytest.raises(AssertionError, match="the books were not read"):
        beside_pos.look(nowhere)
