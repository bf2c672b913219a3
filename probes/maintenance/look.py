"""One look at the log of what was done, by today's date and the receipt printer's counters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from msgspec import Struct

from probes.device.conditions import CLOCK_RESET
from probes.maintenance import counting
from probes.maintenance.conditions import BY_STAFF, BY_VISIT, CONDITIONS, DOWNTIMES, SPARE_NOT_READY
from probes.maintenance.downtime import read_downtimes
from probes.maintenance.due import Progress, Standing, by_count, by_days, due_on
from probes.maintenance.log import Entry, entries, newest
from probes.maintenance.options import SPARE, MaintenanceOptions, Spare, Task
from probes.memory import Memory
from probes.payment_lines.clock import RELEASED
from probes.receipt_printer.probe import PROBE as RECEIPT_PRINTER
from probes.receipt_printer.remembered import Remembered, last_told
from probes.till import Till
from vocabulary.calendar import Calendar
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason
from vocabulary.store_calendar import StoreCalendar

NEVER: Final = "never noted"
NO_COUNT: Final = "the receipt printer has not told its counters lately"
_NOTED: Final = tuple(each for each in CONDITIONS if each not in DOWNTIMES)
_SOON, _NOW = "soon", "now"
_AHEAD_SECONDS: Final = 86_400.0  # an entry of a clock that ran far ahead would count as done for years

_Entries = Mapping[str, Entry]
_Facts = dict[str, Any]  # of Fact; mypy cannot see that none of the keys is `through`


def read(options: MaintenanceOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """What the log says was done, against what the settings want, by the store's own calendar."""
    now = till.wall_seconds()
    if (
        now < RELEASED
    ):  # all that was noted lies ahead, and nothing counted from it is to be forgotten for that
        yield from _unknown(options, CONDITIONS, Reason.NOT_TESTED, CLOCK_RESET.code)
        return
    calendar = (options.calendar or StoreCalendar()).calendar()
    yield from read_downtimes(options.downtimes, options.announce_hours, calendar, now)
    try:
        found = entries(till.read_bytes(options.log))
    except FileNotFoundError:
        found = []
    except OSError as error:
        yield from _unknown(options, _NOTED, Reason.NO_PERMISSION, error.strerror or "")
        return
    done = newest([entry for entry in found if entry.at.timestamp() <= now + _AHEAD_SECONDS])
    look = _Look(calendar, now, last_told(memory.of(RECEIPT_PRINTER.id)))
    yield _spare(options.spare, done.get(SPARE), look)
    yield from _tasks(options, done, memory, look)


class _Look(Struct, frozen=True):
    """One moment, in wall seconds, and what the receipt printer had told by then."""

    calendar: Calendar
    now: float
    printer: Remembered

    @property
    def today(self) -> date:
        return self.calendar.local(self.now).date()

    def day(self, entry: Entry) -> date:
        return self.calendar.local(entry.at.timestamp()).date()


def _tasks(options: MaintenanceOptions, done: _Entries, memory: Memory, look: _Look) -> Iterator[Reading]:
    known, bases = counting.recall(memory), {}
    for task in options.tasks:
        entry = done.get(task.name)
        at = entry.at.isoformat() if entry else ""
        base = counting.begun(known.get(task.name), at, look.printer, _counter(task), look.now)
        bases[task.name] = base
        yield from _task(task, entry, base, look)
    counting.remember(memory, bases)
    yield from _nobody_asked_for(options)


def _task(task: Task, entry: Entry | None, base: counting.Base, look: _Look) -> Iterator[Reading]:
    """The one of the three that it has come to fails."""
    group = _conditions(task)
    if task.every_days:
        day = look.day(entry) if entry else look.calendar.local(base.seen_at).date()
        progress = by_days(day, task.every_days, look.today)
        due = due_on(day, task.every_days).isoformat()
    else:
        used = counting.used(base, look.printer, _counter(task), look.now)
        if used is None:
            yield from (each.unknown(Reason.NOT_TESTED, task.name, because=NO_COUNT) for each in group)
            return
        progress = by_count(used, task.every_lines or task.every_cuts)
        due = _SOON if progress.standing is Standing.SOON else _NOW
    facts = _facts(task, progress, due, look.day(entry) if entry else None)
    for standing, condition in zip(Standing, group, strict=True):
        yield condition.failing_if(progress.standing is standing, task.name, **facts)


def _facts(task: Task, progress: Progress, due: str, done: date | None) -> _Facts:
    return {
        "task": task.title,
        "due": due,
        "used": progress.used,
        "every": progress.every,
        "unit": "days" if task.every_days else "lines printed" if task.every_lines else "cuts made",
        "done": done.isoformat() if done else NEVER,
    }


def _conditions(task: Task) -> tuple[Condition, ...]:
    return BY_STAFF if task.owner == "staff" else BY_VISIT


def _counter(task: Task) -> str:
    """By the names of `protocols.escpos.counters`."""
    return "lines_fed" if task.every_lines else "cuts"


def _spare(spare: Spare | None, entry: Entry | None, look: _Look) -> Reading:
    if spare is None:
        return SPARE_NOT_READY.unknown(Reason.NOT_SET_UP)
    noted = [spare.tried_on, look.day(entry) if entry else None]
    tried = max((day for day in noted if day is not None), default=None)
    return SPARE_NOT_READY.failing_if(
        tried is None or (look.today - tried).days >= spare.every_days,
        where=spare.where,
        tried_on=tried.isoformat() if tried else NEVER,
        every=spare.every_days,
    )


def _nobody_asked_for(options: MaintenanceOptions) -> Iterator[Reading]:
    asked = {condition for task in options.tasks for condition in _conditions(task)}
    yield from (each.unknown(Reason.NOT_SET_UP) for each in (*BY_STAFF, *BY_VISIT) if each not in asked)


def _unknown(
    options: MaintenanceOptions, conditions: Sequence[Condition], reason: Reason, because: str
) -> Iterator[Reading]:
    """Without log or clock nothing is claimed to be due; a store that has no tasks misses nothing."""
    set_up = {each for task in options.tasks for each in _conditions(task)}
    set_up |= {SPARE_NOT_READY} if options.spare else set()
    set_up |= set(DOWNTIMES) if options.downtimes else set()
    for condition in conditions:
        if condition in set_up:
            yield condition.unknown(reason, because=because)
        else:
            yield condition.unknown(Reason.NOT_SET_UP)
