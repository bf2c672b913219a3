"""The resident child that talks to head office, through an outage of days."""

from __future__ import annotations

import select
import time
from pathlib import Path

from agent.courier import Courier
from agent.delivery import Outcome, Route, Undelivered

DELIVERIES = 200  # 15 kB of cycles were left behind at each: 3 MB
ALLOWED_KILOBYTES = 1000


def deliver(courier: Courier) -> Outcome:
    courier.send(b'{"spool":"s"}')
    while (outcome := courier.poll(time.monotonic())) is None:
        select.select([courier.fileno()], [], [], 1)
    return outcome


def own_kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))


def test_failed_deliveries_leave_nothing_behind() -> None:
    """A head office that is away for days does not fill the till's memory."""
    courier = Courier(Route(url="http://127.0.0.1:9", terminal="0412-2", key=b"k"), None)
    for _ in range(20):
        assert isinstance(deliver(courier), Undelivered)
    before = own_kilobytes(courier._pid)
    for _ in range(DELIVERIES):
        deliver(courier)
    grown = own_kilobytes(courier._pid) - before
    courier.stop()

    assert grown < ALLOWED_KILOBYTES
