"""The resident child that talks to head office, through an outage of days."""

from __future__ import annotations

import select
import subprocess
import sys
import time
from pathlib import Path

from agent.sending.courier import Courier
from agent.sending.delivery import Outcome, Route, Undelivered
from tests.counter import ROOT

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


LOADED = """
import sys
from agent.sending.courier import _load_no_more_than_needed
_load_no_more_than_needed()
from agent.sending.courier_child import Post
print(*(name for name, module in sys.modules.items() if getattr(module, "__spec__", None)))
"""


def test_the_courier_loads_no_more_than_it_needs() -> None:
    """No guesser of encodings, no list of what is installed: 3 MB that would stay for months."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "requests" in done.stdout.split()
    assert not {"charset_normalizer", "chardet", "importlib.metadata"} & set(done.stdout.split())
