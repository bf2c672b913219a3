"""Settlement: what the POS application's own books say of batches, and by when they are to be settled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Final

from probes.base import Probe
from probes.memory import Memory
from probes.public_days import days_around
from probes.settlement.conditions import BOOKS, BOOKS_DAMAGED, BOOKS_UNREACHABLE, CONDITIONS
from probes.settlement.journal import REASONS, Journal
from probes.settlement.options import SettlementOptions
from probes.settlement.outcome import read_outcome
from probes.settlement.settling import read_settling
from probes.settlement.sources import open_sources
from probes.till import Till
from protocols.pos_database.database import DatabaseError, Trouble
from vocabulary.calendar import Calendar
from vocabulary.reading import Reading, Reason
from vocabulary.store_calendar import StoreCalendar

FAULTS: Final = {Trouble.NOT_THERE: BOOKS_UNREACHABLE, Trouble.CORRUPT: BOOKS_DAMAGED}


def read(options: SettlementOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """One connection, one look at each question, then everything is judged from the answers."""
    if not options.preset:
        for condition in CONDITIONS:
            yield condition.unknown(Reason.NOT_SET_UP)
        return
    now = till.wall_seconds()
    calendar = _calendar(options.calendar or StoreCalendar(), now, memory)
    try:
        sources, database = open_sources(options, till, calendar, now)
    except DatabaseError as error:
        yield from _not_opened(error, options)
        return
    with closing(database):
        journal = Journal(tuple(sources), now)
        yield from read_settling(journal, options, calendar)
        yield from read_outcome(journal, options, calendar)
        yield from _books(journal, options)


def _calendar(store: StoreCalendar, now: float, memory: Memory) -> Calendar:
    calendar = store.calendar()
    if not store.country:
        return calendar
    return store.calendar(days_around(store.country, calendar.local(now).date(), memory))


def _books(journal: Journal, options: SettlementOptions) -> Iterator[Reading]:
    """Of the databases themselves: what went wrong at any question."""
    for condition in BOOKS:
        error = next((each for each in journal.troubles if FAULTS.get(each.trouble) is condition), None)
        if error:
            yield condition.failing(seen=error.detail, application=options.preset)
        else:
            yield condition.ok()


def _not_opened(error: DatabaseError, options: SettlementOptions) -> Iterator[Reading]:
    fault = FAULTS.get(error.trouble)
    for condition in CONDITIONS:
        if condition is fault:
            yield condition.failing(seen=error.detail, application=options.preset)
        elif fault:
            yield condition.unknown(Reason.NOT_TESTED, because=fault.code)
        else:
            yield condition.unknown(REASONS.get(error.trouble, Reason.NOT_TESTED), because=error.detail)


PROBE = Probe(
    id="settlement",
    title="Settlement",
    conditions=CONDITIONS,
    options=SettlementOptions,
    read=read,
    every_seconds=300.0,
    timeout_seconds=15.0,
)
