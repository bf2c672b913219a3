"""Which sales have no receipt, and whether the newest one's printing failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from probes.settlement.journal import Journal, NotToldError
from probes.settlement.options import SettlementOptions
from probes.settlement.questions import LastReceipt, Unprinted
from probes.settlement.receipt_conditions import LAST_FAILED, MISSING
from protocols.pos_database.database import MAX_ROWS
from vocabulary.calendar import Calendar
from vocabulary.reading import Reading, Reason

SHOWN: Final = 4  # as many numbers with their times as a person looks up in one go; the rest is counted


def read_receipts(journal: Journal, options: SettlementOptions, calendar: Calendar) -> Iterator[Reading]:
    yield _last(journal, calendar)
    yield _missing(journal, options, calendar)


def _last(journal: Journal, calendar: Calendar) -> Reading:
    try:
        last = journal.row(LastReceipt)
    except NotToldError as gap:
        return LAST_FAILED.unknown(gap.reason, because=gap.because)
    if last and last.has_failed:
        at = calendar.local(last.sold_at).strftime("%H:%M") if last.sold_at else "-"
        return LAST_FAILED.failing(number=last.number or "-", at=at)
    if not journal.tells(LastReceipt, "has_failed"):
        because = "nothing here tells whether a receipt failed"
        return LAST_FAILED.unknown(Reason.NOT_SET_UP, because=because)
    return LAST_FAILED.ok()


def _missing(journal: Journal, options: SettlementOptions, calendar: Calendar) -> Reading:
    """Of this business date; the newest may still be in the printer."""
    today = calendar.business_date(journal.now)
    since = calendar.instant(today, calendar.cutoff)
    before = journal.now - options.receipt_grace_seconds
    try:
        sales = journal.rows(Unprinted, since=since, before=before)
    except NotToldError as gap:
        return MISSING.unknown(gap.reason, because=gap.because)
    more = len(sales) - SHOWN
    numbers = ", ".join(_told(sale, calendar) for sale in sales[:SHOWN]) + (f" +{more}" if more > 0 else "")
    count = f"{MAX_ROWS}+" if len(sales) >= MAX_ROWS else str(len(sales))
    return MISSING.failing_if(bool(sales), count=count, numbers=numbers)


def _told(sale: Unprinted, calendar: Calendar) -> str:
    at = f" {calendar.local(sale.sold_at):%H:%M}" if sale.sold_at else ""
    return f"{sale.number or '-'}{at}"
