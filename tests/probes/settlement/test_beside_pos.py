"""A POS that sells many times a second is asked again and again, and notices nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.running.probe_run import ProbeRun
from probes.settlement.probe import PROBE
from protocols.pos_database import mariadb as mariadb_driver
from protocols.pos_database import postgresql as postgresql_driver
from tests.busy_pos import SALES_A_SECOND, BusyPos
from tests.pos_places import Place, in_file, on_server
from vocabulary.reading import Reason, Status

RunProbe = Callable[..., ProbeRun]
# Loaded before the fork: the probe's account may not see this folder.
DRIVERS = (mariadb_driver, postgresql_driver)
SLOW_SALES = 25  # a second: more would hold the lock all the time, and let no look in
SECONDS = 2
MOST_SECONDS = 60


@pytest.fixture
def place(request: pytest.FixtureRequest, till_folder: Path) -> Place:
    if request.param.startswith("sqlite"):
        return in_file(till_folder, "WAL" if request.param == "sqlite-wal" else "DELETE")
    return on_server(request.getfixturevalue(request.param))


@pytest.mark.parametrize(
    ("place", "pace"),
    [
        ("sqlite-wal", SALES_A_SECOND),
        ("sqlite-rollback", SLOW_SALES),
        ("postgresql", SALES_A_SECOND),
        ("mariadb", SALES_A_SECOND),
    ],
    indirect=["place"],
)
def test_no_sale_is_lost_and_none_finds_the_books_busy(place: Place, pace: int, run_probe: RunProbe) -> None:
    looks: list[ProbeRun] = []
    with BusyPos(place.engine, place.where, MOST_SECONDS, pace) as pos:
        until = time.monotonic() + SECONDS
        while pos.sells and (time.monotonic() < until or Status.FAILING not in told(looks)):
            looks.append(run_probe(PROBE, place.options))
        sold = pos.stop()

    assert sold.errors == []
    assert place.count() == len(sold.seconds) > 0
    assert all(look.complete for look in looks)
    assert Status.FAILING in told(looks) <= {Status.FAILING, Reason.BUSY, Reason.TIMED_OUT}
    if place.engine != "sqlite":
        assert told(looks) == {Status.FAILING}


def told(looks: list[ProbeRun]) -> set[Status | Reason | None]:
    """Of the settlement that is overdue: that it is, or why nothing is said."""
    readings = [
        reading for look in looks for reading in look.readings if reading.code == "settlement.overdue"
    ]
    return {each.reason if each.status is Status.UNKNOWN else each.status for each in readings}
