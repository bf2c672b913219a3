"""A slip that wants to print and may not yet, or not any more; the clock is a number here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from agent.slip.quiet import HOLD_OFF
from agent.tracker import Moment
from probes.maintenance.conditions import OVERDUE
from probes.power.conditions import MAINS_OFF
from probes.receipt_printer.conditions import COVER_OPEN
from simulators.escpos_printer import EscposPrinter
from tests.agent.slip.counter_without_rounds import ON_CAUSE, Counter
from tests.agent.slip.situations import report
from tests.agent.till_readings import PRINTER, failing
from vocabulary.report import Fate

FRAME = "NOT A RECEIPT"


@pytest.fixture
def printer() -> Iterator[EscposPrinter]:
    with EscposPrinter() as printer:
        yield printer


def clock(local: str) -> Moment:
    """A moment of the store's day; monotonic seconds go with it."""
    wall = datetime.fromisoformat(f"2026-11-{local}").astimezone().timestamp()
    return Moment(monotonic=wall - 1_700_000_000, wall=wall)


def later(at: Moment, seconds: float) -> Moment:
    return Moment(at.monotonic + seconds, at.wall + seconds)


def test_while_held_the_port_is_not_opened(till_folder: Path, printer: EscposPrinter) -> None:
    """Not a byte; when the hold is over by itself, the slip."""
    noon = clock("22T12:00")
    counter = Counter(till_folder, printer.pty_path, at=noon)
    counter.desk.quiet.say(HOLD_OFF, 60, noon.monotonic)
    counter.look(noon)
    counter.drive(later(noon, 59))
    assert (counter.fates, printer.received) == ([Fate.WAITING], b"")
    assert counter.desk.deadline == noon.monotonic + 60

    counter.drive(later(noon, 60))
    assert counter.fates == [Fate.PRINTED]


def test_a_hold_that_comes_while_it_is_composed(till_folder: Path, printer: EscposPrinter) -> None:
    """It is asked again before the first byte."""
    counter = Counter(till_folder, printer.pty_path)
    counter.look()
    assert counter.desk.fds
    counter.desk.quiet.say(HOLD_OFF, 60, clock("22T12:00").monotonic)
    counter.drive(clock("22T12:00"))

    assert (counter.fates, printer.received) == ([Fate.WAITING], b"")


def test_a_printer_known_to_be_dead_is_left_in_peace(till_folder: Path, printer: EscposPrinter) -> None:
    """No knocking while its probe says that it cannot print; at once when it can."""
    counter = Counter(till_folder, printer.pty_path)
    low, counter.report = counter.report, report(failing(COVER_OPEN, PRINTER))
    counter.look()
    counter.drive()
    assert (counter.fates, printer.received) == ([Fate.WAITING], b"")

    counter.report = low
    counter.look()
    counter.drive()
    assert counter.fates == [Fate.DROPPED, Fate.PRINTED]
    assert printer.text().count(FRAME) == 1


def test_the_hours(till_folder: Path, printer: EscposPrinter) -> None:
    """A cause of the night is told in the morning."""
    counter = Counter(
        till_folder, printer.pty_path, replace(ON_CAUSE, hours="08:00-22:00"), clock("22T22:00")
    )
    counter.look(clock("22T22:00"))
    counter.drive(clock("23T07:59"))
    assert (counter.fates, printer.received) == ([Fate.WAITING], b"")
    counter.drive(clock("23T08:00"))

    assert counter.fates == [Fate.PRINTED]


def test_a_reminder_waits_for_its_time_of_day(till_folder: Path, printer: EscposPrinter) -> None:
    """Overdue since the morning, with slips for causes switched on: not a byte before the slip of 20:00."""
    wishes = replace(ON_CAUSE, print_at=("20:00",), hours="08:00-22:00")
    counter = Counter(till_folder, printer.pty_path, wishes, clock("22T12:00"))
    counter.report = report(failing(OVERDUE, "print-head"))
    for hour in ("12:00", "19:59"):
        counter.look(clock(f"22T{hour}"))
        counter.drive(clock(f"22T{hour}"))
    assert (counter.fates, printer.received) == ([], b"")
    counter.drive(clock("22T20:00"))

    assert counter.fates == [Fate.PRINTED]
    assert "Reminder: Clean the print head" in printer.text()


def test_the_distance(till_folder: Path, printer: EscposPrinter) -> None:
    """A second cause waits until fifteen minutes after the first one's slip began."""
    slip = replace(ON_CAUSE, least_minutes_between=15.0)
    counter = Counter(till_folder, printer.pty_path, slip, clock("22T12:00"))
    counter.look(clock("22T12:00"))
    counter.drive(clock("22T12:00"))
    counter.report = report(failing(MAINS_OFF, "AC"))
    counter.look(clock("22T12:01"))
    counter.drive(clock("22T12:14"))
    assert counter.fates == [Fate.PRINTED, Fate.WAITING]
    counter.drive(clock("22T12:15"))

    assert counter.fates == [Fate.PRINTED, Fate.PRINTED]


def test_one_that_waited_too_long_is_dropped(till_folder: Path, printer: EscposPrinter) -> None:
    """Twelve hours by default; its cause is not told again."""
    slip = replace(ON_CAUSE, hours="08:00-12:00")
    counter = Counter(till_folder, printer.pty_path, slip, at=clock("22T13:00"))
    counter.look(clock("22T13:00"))
    counter.drive(clock("23T01:00"))
    assert counter.fates == [Fate.WAITING]
    counter.drive(clock("23T01:01"))
    counter.look(clock("23T09:00"))
    counter.drive(clock("23T09:00"))

    assert (counter.fates, printer.received) == ([Fate.DROPPED], b"")


def test_a_port_that_cannot_be_opened_is_tried_again_later(till_folder: Path, printer: EscposPrinter) -> None:
    """After half a minute, and not before."""
    port = till_folder / "ttyPOS"
    noon = clock("22T12:00")
    counter = Counter(till_folder, str(port), at=noon)
    counter.look(noon)
    counter.drive(noon)
    assert counter.desk.notes[0].because == "the printer is not there"
    port.symlink_to(printer.pty_path)
    counter.drive(later(noon, 29))
    assert counter.fates == [Fate.WAITING]
    counter.drive(later(noon, 30))

    assert counter.fates == [Fate.PRINTED]
    assert printer.text().count(FRAME) == 1


def test_the_daemon_stops_while_the_printer_is_silent(till_folder: Path, printer: EscposPrinter) -> None:
    """It waits a few seconds for the printer's word, then says unknown; the next start prints nothing."""
    printer.faults.one_way = True
    counter = Counter(till_folder, printer.pty_path)
    counter.look()
    while not counter.desk.sending:
        counter.desk.step(clock("22T12:00"))
    printer.wait_until(lambda: FRAME in printer.text())
    counter.desk.close(clock("22T12:00"))
    assert counter.fates == [Fate.UNKNOWN]

    again = Counter(till_folder, printer.pty_path)
    again.look()
    again.drive()
    assert printer.text().count(FRAME) == 1
