"""What can be wrong with the day's settlement and with the books that tell of it."""

from __future__ import annotations

from typing import Final

from probes.payment_lines.conditions import CARD_LINES_DOWN
from probes.payment_terminal.conditions import HOST_UNREACHABLE
from probes.software.conditions import POS_NOT_RUNNING
from vocabulary.condition import Capability, Condition, Owner, Severity

_THE_WAY: Final = (CARD_LINES_DOWN, HOST_UNREACHABLE, POS_NOT_RUNNING)
UNTIL_SETTLED: Final = "Before that: no reset, no swap."

BOOKS_UNREACHABLE = Condition(
    code="journal.unreachable",
    title="POS database not reached",
    text="The database of the POS application cannot be reached: {seen}.",
    remedy="Call the software vendor; sales may not be recorded.",
    avoid=UNTIL_SETTLED,
    prepare="{application}: {seen}",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.WARNING,
)
BOOKS_DAMAGED = Condition(
    code="journal.damaged",
    title="POS database is damaged",
    text="The database of the POS application is damaged: {seen}.",
    remedy="Call the software vendor before anything else is done at this till.",
    avoid=UNTIL_SETTLED,
    prepare="{application}: {seen}",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.CRITICAL,
)
_QUOTE: Final = "batch {batch}, TID {terminal_id}, MID {merchant}: {meaning}"
STUCK = Condition(
    code="settlement.stuck",
    title="Settlement does not finish",
    text="The settlement of batch {batch} was begun at {since} and is not through.",
    remedy="Wait for its slip, then call.",
    avoid="Do not switch it off or reset.",
    prepare="batch {batch}, TID {terminal_id}, MID {merchant}, begun {since}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    stops=(Capability.SETTLEMENT,),
    depends_on=_THE_WAY,
)
FAILED = Condition(
    code="settlement.failed",
    title="Settlement failed",
    text="The settlement of batch {batch} failed: {meaning}.",
    remedy="Try once more; if it fails, call.",
    avoid=UNTIL_SETTLED,
    prepare="batch {batch}, TID {terminal_id}, MID {merchant}: {meaning} ({mark})",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    stops=(Capability.SETTLEMENT,),
    depends_on=_THE_WAY,
)
HOST_FAILED = Condition(
    code="settlement.host-failed",
    title="Acquirer cannot settle now",
    text="The acquirer could not settle batch {batch}: {meaning}. That lies with the acquirer.",
    remedy="Try again in half an hour.",
    avoid=UNTIL_SETTLED,
    prepare=_QUOTE,
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    stops=(Capability.SETTLEMENT,),
    depends_on=_THE_WAY,
)
ACCOUNT_REFUSED = Condition(
    code="settlement.account-refused",
    title="Acquirer refuses to settle",
    text="The acquirer refuses batch {batch}: {meaning}. That is about account or contract, not this till.",
    remedy="Ask what the account needs.",
    avoid=UNTIL_SETTLED,
    prepare=_QUOTE,
    owner=Owner.ACQUIRER,
    severity=Severity.CRITICAL,
    stops=(Capability.SETTLEMENT,),
)
SIGN_IN_FIRST = Condition(
    code="settlement.sign-in-first",
    title="Sign in, then settle",
    text="Batch {batch} was not settled: {meaning}.",
    remedy="Sign in at the terminal, then settle again.",
    avoid=UNTIL_SETTLED,
    prepare=_QUOTE,
    owner=Owner.STAFF,
    severity=Severity.WARNING,
    stops=(Capability.SETTLEMENT,),
)
NOT_BALANCED = Condition(
    code="settlement.not-balanced",
    title="Totals do not agree",
    text="Batch {batch}: this till's totals and the acquirer's do not agree.",
    remedy="Keep the totals slip, then call.",
    avoid="Do not cancel or repeat any sale.",
    prepare="batch {batch}, TID {terminal_id}, MID {merchant}: totals differ",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
)
BATCH_FULL = Condition(
    code="settlement.batch-full",
    title="Batch is full: settle now",
    text="Batch {batch} takes no more sales: {sales} are in it.",
    remedy="Settle now, then go on selling.",
    avoid=UNTIL_SETTLED,
    prepare="batch {batch} is full, TID {terminal_id}",
    owner=Owner.STAFF,
    severity=Severity.CRITICAL,
    stops=(Capability.CARD_PAYMENTS,),
)
NEARLY_FULL = Condition(
    code="settlement.batch-nearly-full",
    title="Batch is nearly full",
    text="Batch {batch} holds {sales} of {limit} sales; then the terminal takes no more.",
    remedy="Settle soon: {left} more sales fit in.",
    owner=Owner.STAFF,
    severity=Severity.WARNING,
    depends_on=(BATCH_FULL,),
)

FAILURES: Final = (FAILED, HOST_FAILED, ACCOUNT_REFUSED, SIGN_IN_FIRST)
OVERDUE = Condition(
    code="settlement.overdue",
    title="Settlement not done",
    text="Batch {batch}: {sales} sales not settled since {due}; deadlines missed: {missed}.",
    remedy="Settle now; if that fails, call.",
    avoid=UNTIL_SETTLED,
    prepare="batch {batch}, TID {terminal_id}, MID {merchant}",
    owner=Owner.ACQUIRER,
    severity=Severity.WARNING,
    stops=(Capability.SETTLEMENT,),
    depends_on=(*_THE_WAY, STUCK, *FAILURES),
)
DUE_SOON = Condition(
    code="settlement.due-soon",
    title="Settle soon",
    text="Batch {batch}: {sales} sales are to be settled by {by}.",
    remedy="Settle by {by}.",
    owner=Owner.STAFF,
    severity=Severity.NOTICE,
    depends_on=(OVERDUE,),
)

BOOKS: Final = (BOOKS_UNREACHABLE, BOOKS_DAMAGED)
DUE: Final = (OVERDUE, DUE_SOON)
CLOSING: Final = (STUCK, *FAILURES)
FILLING: Final = (BATCH_FULL, NEARLY_FULL)
OF_BATCHES: Final = (*BOOKS, *DUE, *CLOSING, NOT_BALANCED, *FILLING)
