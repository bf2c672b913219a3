"""What can be wrong with the way from a sale to its posting, and with what decides whom the money goes to."""

from __future__ import annotations

from typing import Final

from probes.payment_lines.conditions import CARD_LINES_DOWN, QR_LINES_DOWN
from probes.settlement.conditions import OVERDUE, UNTIL_SETTLED
from probes.software.conditions import POS_NOT_RUNNING
from vocabulary.condition import Condition, Owner, Severity

NONE_SINCE_CHANGE = Condition(
    code="posting.none-since-change",
    title="No posting since the change",
    text="{part} changed {changed}: {sales} sales since, {posted} posted; {working_days} working days.",
    remedy="Check the bank statement first.",
    avoid="No further change for now.",
    prepare="TID {terminal_id}, MID {merchant}: {sales} sold since {changed}, {posted} posted."
    " New card ok? Returns?",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    depends_on=(OVERDUE,),
)
AWAITED = Condition(
    code="posting.awaited",
    title="Change: postings awaited",
    text="{part} changed {changed}: postings are expected by {expected}. No further change until then.",
    remedy="Look at the bank statement on {expected}.",
    owner=Owner.STAFF,
    severity=Severity.NOTICE,
    planned=True,
)
CHANGED_OFTEN = Condition(
    code="posting.changed-often",
    title="Changed again and again",
    text="{changes} changes in {span_days} days, the last one {last_change}: {part}.",
    remedy="Ask the acquirer which change holds, and what it still needs.",
    avoid="No further change for now.",
    prepare="TID {terminal_id}, MID {merchant}, {changes} changes in {span_days} days",
    owner=Owner.ACQUIRER,
    severity=Severity.NOTICE,
    depends_on=(NONE_SINCE_CHANGE,),
)
BACKLOG = Condition(
    code="posting.backlog",
    title="Sales are not posted in time",
    text="{unposted} sales are not posted; those of {oldest} were expected by {expected}.",
    remedy="Check the bank statement first.",
    prepare="TID {terminal_id}, MID {merchant}: sales of {oldest} are not posted",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    depends_on=(OVERDUE, NONE_SINCE_CHANGE),
)
TWICE = Condition(
    code="posting.twice",
    title="A receipt is there twice",
    text="Receipts that stand in the books more than once: {numbers}.",
    remedy="Compare {numbers} with the acquirer's list, then call.",
    avoid="No refund before that is clear.",
    prepare="receipts more than once in the books: {numbers}",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.WARNING,
)
TRACE_GAP = Condition(
    code="posting.trace-gap",
    title="Trace numbers are missing",
    text="Batch {batch}: of the trace numbers {lowest} to {highest}, {gap} are missing.",
    remedy="Ask before settling whether sales were lost.",
    avoid=UNTIL_SETTLED,
    prepare="batch {batch}, trace numbers {lowest} to {highest}: {gap} missing",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.WARNING,
)
NONE_FOR_LONG = Condition(
    code="sales.none-for-long",
    title="No sale for unusually long",
    text="No sale for {quiet_minutes} minutes; at this hour it is mostly {usual_minutes} at most.",
    remedy="Try a payment if customers are waiting.",
    owner=Owner.STAFF,
    severity=Severity.NOTICE,
    depends_on=(CARD_LINES_DOWN, QR_LINES_DOWN, POS_NOT_RUNNING),
)
DIFFER = Condition(
    code="settings.differ",
    title="Settings are not as approved",
    text="{subject} is not as it was approved, since {since}.",
    remedy="Ask who changed it; have it approved, or put back.",
    prepare="{subject}: now {fingerprint}, since {since}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)

AFTER_A_CHANGE: Final = (NONE_SINCE_CHANGE, AWAITED, CHANGED_OFTEN)
CONDITIONS: Final = (*AFTER_A_CHANGE, BACKLOG, TWICE, TRACE_GAP, NONE_FOR_LONG)
APPROVAL: Final = (DIFFER,)
