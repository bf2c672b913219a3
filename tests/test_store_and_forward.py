"""Head office away and back: every record arrives, each once."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from agent.outbox.outbox import Outbox
from agent.sending.courier import Courier
from agent.sending.delivery import Route
from agent.sending.dispatch import Dispatch
from console.control_client import ask
from tests.counter import TOKEN, HeadOffice, daemon, wait_for, write_settings
from vocabulary.report import Clock, Diagnosis, Identity, Report
from vocabulary.wire import Full, Pulse


def drain(dispatch: Dispatch, outbox: Outbox, down_to: int) -> None:
    limit = time.monotonic() + 60
    while outbox.depth > down_to:
        assert time.monotonic() < limit, f"{outbox.depth} records still wait: {dispatch.trouble}"
        dispatch.step(time.monotonic())
        dispatch._next_at = min(dispatch._next_at, time.monotonic() + 0.05)
        time.sleep(0.001)


def report(spool: str, sequence: int) -> Report:
    return Report(
        identity=Identity(terminal="t1"),
        boot_id="b",
        spool_id=spool,
        sequence=sequence,
        clock=Clock(wall=1.0, boottime=1.0),
        code="",
        diagnosis=Diagnosis(),
        readings=(),
    )


def test_a_thousand_records_over_two_outages(tmp_path: Path) -> None:
    """Stopped in the middle and started again: none lost, none twice, `stored_through` reaches the end."""
    office = HeadOffice(tmp_path)
    office.start()
    outbox = Outbox(tmp_path / "spool")
    courier = Courier(Route(url=office.url, terminal="t1", key=TOKEN.encode()), None)
    dispatch = Dispatch("t1", outbox, courier)
    outbox.put(lambda spool, n: Full(sequence=n, report=report(spool, n)))
    for _ in range(999):
        outbox.put(lambda _, n: Pulse(sequence=n, at=float(n), unchanged_since=1))
    for remaining in (700, 300):
        drain(dispatch, outbox, remaining)
        office.stop()
        for _ in range(50):
            dispatch.step(time.monotonic())
            dispatch._next_at = 0.0
            time.sleep(0.002)
        office.start()
    drain(dispatch, outbox, 0)
    courier.stop()
    office.stop()

    with sqlite3.connect(office.database) as database:
        stored = database.execute(
            "SELECT count(*), count(DISTINCT sequence), min(sequence), max(sequence) FROM record"
        ).fetchone()
    assert stored == (1000, 1000, 1, 1000)


@pytest.mark.slow
def test_an_outage_of_the_daemon_arrives_as_one_record(tmp_path: Path) -> None:
    """Many rounds without head office, a restart of the daemon among them: one line, no gap."""
    office = HeadOffice(tmp_path)
    office.start()
    settings = write_settings(tmp_path, office.url, "", every=0.2)
    control = str(tmp_path / "control.sock")
    with daemon(settings):
        wait_for(office.terminals)
        office.stop()
        wait_for(lambda: ask(control, {"do": "status"}, 5)["head_office"]["failures"] >= 3, 40)
        first = ask(control, {"do": "status"}, 5)["outbox"]
        wait_for(lambda: ask(control, {"do": "status"}, 5)["outbox"]["next"] > first["next"] + 30)
        last = ask(control, {"do": "status"}, 5)["outbox"]
    with daemon(settings):
        office.start()
        wait_for(lambda: ask(control, {"do": "status"}, 5)["outbox"]["waiting"] == 0, 40)
    detail = office.terminal("0412-2")
    office.stop()

    assert last["waiting"] <= first["waiting"] + 1
    assert [each["rounds"] >= 30 and each["cause"] for each in detail["outages"]] == ["line-down"]
    assert (detail["gaps"], detail["stored_through"] >= last["next"] - 1) == ([], True)
