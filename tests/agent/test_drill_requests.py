"""What a person may rehearse, and what head office hears of one drill after the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from agent.control import Request
from agent.drill.drills import Drills
from agent.drill_requests import Answer, begin_drill, end_drill
from agent.health import Health
from agent.heartbeat import Heartbeats
from agent.outbox.outbox import Outbox
from agent.settings.settings import Settings, Terminal
from agent.tracker import Moment
from probes.power.conditions import UPS_REPLACE_BATTERY
from probes.power.probe import PROBE as POWER
from probes.receipt_printer.conditions import COVER_OPEN, PAPER_OUT
from probes.receipt_printer.probe import PROBE as RECEIPT_PRINTER
from tests.agent.outboxes import records
from tests.agent.till_readings import PRINTER, UPS, failing
from vocabulary.report import Drill
from vocabulary.wire import Full

BOOT, WALL = 500.0, 1_796_000_000.0


def after(seconds: float) -> Moment:
    return Moment(BOOT + seconds, WALL + seconds)


class Desk(Struct):
    drills: Drills
    health: Health
    heartbeats: Heartbeats
    outbox: Outbox

    def drill(self, code: str, at: Moment) -> Answer:
        request = Request(do="drill", code=code)
        return begin_drill(self.drills, self.heartbeats, self.health, request, by="lin", at=at)

    def told(self) -> list[Drill]:
        """In each full report, the oldest first."""
        reports = [each.report for each in records(self.outbox) if isinstance(each, Full)]
        return [report.drill for report in reports if report.drill]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    drills, outbox = Drills(tmp_path / "drill.json", after(0)), Outbox(tmp_path)
    health = Health(Settings(terminal=Terminal(id="0412-2")))
    health.drill = drills.shown
    yield Desk(drills, health, Heartbeats(health, outbox, b"", {}), outbox)
    outbox.close()


def test_a_weak_ups_forbids_no_drill(desk: Desk) -> None:
    """It takes nothing from a sale."""
    desk.health.leave_alone(POWER, [failing(UPS_REPLACE_BATTERY, UPS)], 60, after(0))

    assert "drill" in desk.drill(PAPER_OUT.code, after(1))


def test_paper_that_is_out_does(desk: Desk) -> None:
    """Nobody must have to tell which of two faults is the true one."""
    desk.health.leave_alone(RECEIPT_PRINTER, [failing(PAPER_OUT, PRINTER)], 60, after(0))

    assert "Paper out" in str(desk.drill(UPS_REPLACE_BATTERY.code, after(1))["error"])


@pytest.mark.parametrize("ended_by_hand", [False, True])
def test_a_drill_in_the_place_of_another_leaves_that_one_an_end(desk: Desk, *, ended_by_hand: bool) -> None:
    """In a report of its own, for one tells of one drill; also where its end was not told yet."""
    desk.heartbeats.put(after(0))
    desk.drill(PAPER_OUT.code, after(0))
    if ended_by_hand:
        end_drill(desk.drills, after(60))
    desk.drill(COVER_OPEN.code, after(60))
    desk.heartbeats.put(after(61))

    assert [(each.cause.code, each.began, each.ended, each.ending) for each in desk.told()] == [
        (PAPER_OUT.code, WALL, WALL + 60, "asked"),
        (COVER_OPEN.code, WALL + 60, 0, ""),
    ]


def test_one_that_was_on_before_a_restart_is_not_told_before_a_round(desk: Desk) -> None:
    """A report without a reading would say that all is well."""
    desk.drill(PAPER_OUT.code, after(0))
    desk.drill(COVER_OPEN.code, after(60))

    assert not records(desk.outbox)


def test_its_end_is_told_with_what_the_last_round_found(desk: Desk) -> None:
    """The round that goes on is judged when it is over, and then it is news."""
    desk.health.leave_alone(POWER, [failing(UPS_REPLACE_BATTERY, UPS)], 60, after(0))
    desk.heartbeats.put(after(10))
    desk.drill(PAPER_OUT.code, after(20))
    desk.health.leave_alone(POWER, [UPS_REPLACE_BATTERY.ok(UPS)], 60, after(30))
    desk.drill(COVER_OPEN.code, after(40))

    assert desk.heartbeats.last
    report = desk.heartbeats.last.report
    assert [cause.code for cause in report.diagnosis.causes] == [UPS_REPLACE_BATTERY.code]
    assert (report.drill_on, report.clock.wall) == (None, WALL + 40)
    assert desk.heartbeats.changed(after(41))


def test_what_cannot_be_rehearsed_ends_nothing(desk: Desk) -> None:
    desk.drill(PAPER_OUT.code, after(0))

    assert "did you mean" in str(desk.drill("receipt-printer.paperout", after(60))["error"])
    assert desk.drills.on
    assert not desk.told()
