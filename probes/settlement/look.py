"""One look into the POS application's books."""

from __future__ import annotations

from collections.abc import Iterator

from probes.memory import Memory
from probes.public_days import days_around
from probes.settlement.approved import read_approved
from probes.settlement.conditions import BOOKS
from probes.settlement.journal import FAULTS, Journal
from probes.settlement.numbering import read_numbering
from probes.settlement.options import SettlementOptions
from probes.settlement.outcome import read_outcome
from probes.settlement.posting import read_posting
from probes.settlement.pre_slips import read_pre_slips
from probes.settlement.probe import CONDITIONS
from probes.settlement.receipts import read_receipts
from probes.settlement.rhythm import read_rhythm
from probes.settlement.rights import read_rights
from probes.settlement.settling import read_settling
from probes.settlement.sources import open_sources
from probes.till import Till
from vocabulary.calendar import Calendar
from vocabulary.reading import Reading, Reason
from vocabulary.store_calendar import StoreCalendar


def read(options: SettlementOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """One connection, one look at each question, then everything is judged from the answers."""
    yield from read_approved(options.approved_settings, till, memory)
    if not options.is_set_up:
        for condition in CONDITIONS:
            yield condition.unknown(Reason.NOT_SET_UP)
        return
    yield from read_rights(options, till)
    now = till.wall_seconds()
    calendar = _calendar(options.calendar or StoreCalendar(), now, memory)
    with open_sources(options, till, memory, calendar, now) as sources:
        journal = Journal(sources, now)
        yield from read_settling(journal, options, calendar)
        yield from read_outcome(journal, options, calendar)
        yield from read_receipts(journal, options, calendar)
        yield from read_pre_slips(journal, options, calendar)
        yield from read_posting(journal, options, calendar, till, memory)
        yield from read_numbering(journal, traces_count_sales=options.traces_count_sales)
        yield from read_rhythm(journal, calendar, memory)
        yield from _books(journal, options)


def _calendar(store: StoreCalendar, now: float, memory: Memory) -> Calendar:
    calendar = store.calendar()
    if not store.country:
        return calendar
    return store.calendar(days_around(store.country, calendar.local(now).date(), memory))


def _books(journal: Journal, options: SettlementOptions) -> Iterator[Reading]:
    """Of the books themselves: what went wrong at any question."""
    for condition in BOOKS:
        error = next((each for each in journal.troubles if FAULTS.get(each.trouble) is condition), None)
        if error:
            yield condition.failing(seen=error.detail, application=options.preset or "files")
        elif journal.troubles and not journal.has_answered:
            yield condition.unknown(Reason.NOT_TESTED, because=journal.troubles[0].detail)
        else:
            yield condition.ok()
