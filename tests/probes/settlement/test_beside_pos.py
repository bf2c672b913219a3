"""A POS that sells 200 times a second is asked again and again, and notices nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.running.probe_run import ProbeRun
from probes.settlement.probe import PROBE
from protocols.pos_database import mariadb as mariadb_driver
from protocols.pos_database import postgresql as postgresql_driver
from tests.busy_pos import BusyPos
from tests.pos_places import Place, in_file, on_server
from vocabulary.reading import Reason, Status

RunProbe = Callable[..., ProbeRun]
# Loaded before the fork: the probe's account may not see this folder.
DRIVERS = (mariadb_driver, postgresql_driver)
SECONDS = 3


@pytest.fixture(params=["sqlite-wal", "sqlite-rollback", "postgresql", "mariadb"])
def place(request: pytest.FixtureRequest, till_folder: Path) -> Place:
    if request.param.startswith("sqlite"):
        return in_file(till_folder, "WAL" if request.param == "sqlite-wal" else "DELETE")
    return on_server(request.getfixturevalue(request.param))


def test_no_sale_is_lost_and_none_finds_the_books_busy(place: Place, run_probe: RunProbe) -> None:
    looks = []
    with BusyPos(place.engine, place.where, SECONDS) as pos:
        while pos.sells:
            looks.append(run_probe(PROBE, place.options))
        sold = pos.wait()

    assert sold.errors == []
    assert place.count() == len(sold.seconds) > 0
    assert all(look.complete for look in looks)
    overdue = [reading for look in looks for reading in look.readings if reading.code == "settlement.overdue"]
    assert {each.status for each in overdue} <= {Status.FAILING, Status.UNKNOWN}
    assert {each.reason for each in overdue} <= {None, Reason.BUSY, Reason.TIMED_OUT}, overdue
    if place.engine != "sqlite":
        assert {each.status for each in overdue} == {Status.FAILING}, overdue
