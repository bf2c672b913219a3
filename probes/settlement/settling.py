"""Whether what was sold is settled in time."""

from __future__ import annotations

from collections.abc import Iterator

from probes.settlement.conditions import DUE, DUE_SOON, OVERDUE
from probes.settlement.due import deadline_of, missed, unpublished
from probes.settlement.journal import Journal, NotToldError
from probes.settlement.options import SettlementOptions
from probes.settlement.questions import OpenBatch, Settled
from vocabulary.calendar import Calendar, parse_time
from vocabulary.reading import Reading, Reason


def read_settling(journal: Journal, options: SettlementOptions, calendar: Calendar) -> Iterator[Reading]:
    try:
        waiting = journal.row(OpenBatch)
        settled = journal.row(Settled)
    except NotToldError as gap:
        for condition in DUE:
            yield condition.unknown(gap.reason, because=gap.because)
        return
    last = settled.settled_at if settled else None
    facts: dict[str, str] = {
        "last": calendar.said(last) if last else "never",
        "terminal_id": options.terminal_id or "-",
    }
    if waiting is None or not waiting.sales:
        yield OVERDUE.ok("", through=(), **facts)
        yield DUE_SOON.ok()
        return
    since = waiting.first_sale_at or waiting.opened_at or last
    if since is None or since > journal.now:
        for condition in DUE:
            yield condition.unknown(Reason.NOT_TESTED, because="the books do not tell since when it waits")
        return
    yield from _judge(journal.now, since, waiting, options, calendar, facts)


def _judge(  # noqa: PLR0917  one judgement is all of these
    now: float,
    since: float,
    waiting: OpenBatch,
    options: SettlementOptions,
    calendar: Calendar,
    facts: dict[str, str],
) -> Iterator[Reading]:
    minutes = parse_time(options.deadline)
    first = calendar.business_date(since)
    if year := unpublished(calendar, first, now):
        for condition in DUE:
            yield condition.unknown(Reason.NOT_TESTED, because=f"the public holidays of {year} are not known")
        return
    due = deadline_of(calendar, first, minutes)
    count = missed(calendar, first, minutes, now)
    batch = {"batch": waiting.batch or "-", "due": calendar.said(due)}
    yield OVERDUE.failing_if(
        count > 0,
        "",
        through=(),
        **facts,
        **batch,
        sales=waiting.sales,
        missed=count,
        merchant=options.merchant,
    )
    soon = due - options.due_soon_minutes * 60 <= now < due
    yield DUE_SOON.failing_if(soon, "", through=(), sales=waiting.sales, by=options.deadline, **batch)
