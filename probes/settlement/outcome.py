"""What became of a settlement that was begun, and whether its totals agreed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from probes.settlement.conditions import (
    ACCOUNT_REFUSED,
    BATCH_FULL,
    CLOSING,
    FAILED,
    FAILURES,
    FILLING,
    HOST_FAILED,
    NEARLY_FULL,
    NOT_BALANCED,
    SIGN_IN_FIRST,
    STUCK,
)
from probes.settlement.journal import Journal, NotToldError
from probes.settlement.messages import Kind
from probes.settlement.options import SettlementOptions
from probes.settlement.questions import Closing, OpenBatch, Totals
from vocabulary.calendar import Calendar
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason

NEARLY: Final = 0.9
_TELLS: Final[Mapping[Kind, Condition]] = {
    Kind.ACCOUNT: ACCOUNT_REFUSED,
    Kind.HOST: HOST_FAILED,
    Kind.SIGN_IN: SIGN_IN_FIRST,
    Kind.LINE: FAILED,
    Kind.OTHER: FAILED,
    Kind.BALANCE: NOT_BALANCED,
    Kind.FULL: BATCH_FULL,
}


def read_outcome(journal: Journal, options: SettlementOptions, calendar: Calendar) -> Iterator[Reading]:
    """A failure is told by who can do something about it, and by nobody else."""
    failed_as = None
    try:
        closing = journal.row(Closing)
    except NotToldError as gap:
        closing = None
        for condition in CLOSING:
            yield condition.unknown(gap.reason, because=gap.because)
    else:
        failed = closing if closing and closing.has_failed else None
        failed_as = _TELLS[failed.message.kind] if failed else None
        yield _stuck(closing, journal, options, calendar)
        for condition in FAILURES:
            yield _failed(condition, failed if condition is failed_as else None, journal, options)
    yield _balanced(journal, closing if failed_as is NOT_BALANCED else None, options)
    yield from _filling(journal, options, is_full=failed_as is BATCH_FULL)


def _stuck(
    closing: Closing | None, journal: Journal, options: SettlementOptions, calendar: Calendar
) -> Reading:
    since = closing.since_at if closing else None
    if closing and closing.has_failed:
        return STUCK.ok()
    if since is None and not journal.tells(Closing, "since_at"):
        because = "nothing here tells since when a settlement is under way"
        return STUCK.unknown(Reason.NOT_SET_UP, because=because)
    if closing is None:
        return STUCK.ok()
    if since is None:
        return STUCK.unknown(Reason.NOT_TESTED, because="the books do not tell since when it is under way")
    late = journal.now - since > options.stuck_minutes * 60
    return STUCK.failing_if(
        late,
        batch=closing.batch or "-",
        since=calendar.said(since),
        terminal_id=options.terminal_id or "-",
        merchant=options.merchant,
    )


def _not_failed(condition: Condition, journal: Journal) -> Reading:
    """Books that never tell of a failure, or never why, tell of none either."""
    if not journal.tells(Closing, "has_failed"):
        because = "nothing here tells whether a settlement failed"
        return condition.unknown(Reason.NOT_SET_UP, because=because)
    if condition is not FAILED and not journal.tells(Closing, "said"):
        because = "nothing here tells why a settlement failed"
        return condition.unknown(Reason.NOT_SET_UP, because=because)
    return condition.ok()


def _failed(
    condition: Condition, closing: Closing | None, journal: Journal, options: SettlementOptions
) -> Reading:
    if closing is None:
        return _not_failed(condition, journal)
    message = closing.message
    return condition.failing(
        batch=closing.batch or "-",
        meaning=message.phrase,
        mark=message.mark,
        terminal_id=options.terminal_id or "-",
        merchant=options.merchant,
    )


def _balanced(journal: Journal, failed: Closing | None, options: SettlementOptions) -> Reading:
    """The open batch's failed settlement says it, or the comparison of the newest settled one."""
    facts = {"terminal_id": options.terminal_id or "-", "merchant": options.merchant}
    if failed is not None:
        return NOT_BALANCED.failing("", through=(), batch=failed.batch or "-", **facts)
    try:
        totals = journal.row(Totals)
    except NotToldError as gap:
        return NOT_BALANCED.unknown(gap.reason, because=gap.because)
    if totals is None:
        return NOT_BALANCED.unknown(Reason.NOT_TESTED, because="no batch's totals were compared yet")
    if totals.balances is None:
        return NOT_BALANCED.unknown(Reason.NOT_TESTED, because="the newest batch's totals were not compared")
    return NOT_BALANCED.failing_if(not totals.balances, "", through=(), batch=totals.batch or "-", **facts)


def _filling(journal: Journal, options: SettlementOptions, *, is_full: bool) -> Iterator[Reading]:
    if not (options.batch_limit or is_full):
        for condition in FILLING:
            yield condition.unknown(Reason.NOT_SET_UP, because="batch_limit is not set")
        return
    try:
        waiting = journal.row(OpenBatch)
    except NotToldError as gap:
        for condition in FILLING:
            yield condition.unknown(gap.reason, because=gap.because)
        return
    batch, sales = (waiting.batch or "-", waiting.sales) if waiting else ("-", 0)
    limit = options.batch_limit or sales
    full = is_full or sales >= limit
    yield BATCH_FULL.failing_if(full, batch=batch, sales=sales, terminal_id=options.terminal_id or "-")
    nearly = sales >= limit * NEARLY and not full
    yield NEARLY_FULL.failing_if(nearly, batch=batch, sales=sales, limit=limit, left=limit - sales)
