"""Whether the pre-settlement slip is there when it should be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from probes.receipt_printer.remembered import SUBJECT as PRINTER
from probes.settlement.due import deadline_of
from probes.settlement.journal import Journal, NotToldError
from probes.settlement.options import SettlementOptions
from probes.settlement.questions import DaySlip, OrderSlips, Sold
from probes.settlement.slip_conditions import DAY_MISSING, ORDER_MISSING
from vocabulary.calendar import Calendar, parse_time
from vocabulary.reading import Reading, Reason

_ONE_DAY: Final = timedelta(days=1)
FORGOTTEN_SECONDS: Final = 4 * 3600.0  # an order whose guest has left long ago is no news


def read_pre_slips(journal: Journal, options: SettlementOptions, calendar: Calendar) -> Iterator[Reading]:
    try:
        yield _of_the_day(journal, options, calendar)
    except NotToldError as gap:
        yield DAY_MISSING.unknown(gap.reason, because=gap.because)
    try:
        yield _of_orders(journal, options, calendar)
    except NotToldError as gap:
        yield ORDER_MISSING.unknown(gap.reason, because=gap.because)


def _of_the_day(journal: Journal, options: SettlementOptions, calendar: Calendar) -> Reading:
    """Of the newest business date for which it is due. One on which nothing was sold needs none.

    Raise NotToldError.
    """
    if not options.day_slip_by:
        return DAY_MISSING.unknown(Reason.NOT_SET_UP, because="day_slip_by is not set")
    today = calendar.business_date(journal.now)
    is_due = deadline_of(calendar, today, parse_time(options.day_slip_by)) <= journal.now
    day = today if is_due else today - _ONE_DAY
    begins, next_begins, ends = [
        calendar.instant(each, calendar.cutoff) for each in (day, day + _ONE_DAY, today + _ONE_DAY)
    ]
    sold, sold_after = _sold(journal, begins), _sold(journal, next_begins)
    # One made late, on the date after, counts. Made before anything was sold it is the date before's.
    first_at = max(begins, sold.first_at or begins)
    made = journal.row(DaySlip, day_begins=first_at, day_ends=ends)
    is_missing = sold.sales > sold_after.sales and not (made and made.made)
    return DAY_MISSING.failing_if(
        is_missing, through=_way(options), day=day.isoformat(), by=options.day_slip_by
    )


def _sold(journal: Journal, since: float) -> Sold:
    """Raise NotToldError."""
    return journal.row(Sold, since=since) or Sold()


def _of_orders(journal: Journal, options: SettlementOptions, calendar: Calendar) -> Reading:
    """Raise NotToldError."""
    if not options.order_slip_seconds:
        return ORDER_MISSING.unknown(Reason.NOT_SET_UP, because="order_slip_seconds is not set")
    before = journal.now - options.order_slip_seconds
    rows = journal.rows(OrderSlips, since=before - FORGOTTEN_SECONDS, before=before)
    if not rows:
        return ORDER_MISSING.ok()
    newest = rows[-1]
    at = calendar.local(newest.requested_at).strftime("%H:%M") if newest.requested_at else "-"
    return ORDER_MISSING.failing(through=_way(options), number=newest.number or "-", at=at, count=len(rows))


def _way(options: SettlementOptions) -> tuple[str, ...]:
    """What a slip is made with: subjects of the conditions that can stand in its way."""
    return ("", options.spool, options.address.path, options.pos_program, PRINTER)
