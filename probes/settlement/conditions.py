"""What can be wrong with the day's settlement and with the books that tell of it."""

from __future__ import annotations

from typing import Final

from probes.payment_lines.conditions import CARD_LINES_DOWN
from probes.payment_terminal.conditions import HOST_UNREACHABLE
from probes.software.conditions import POS_NOT_RUNNING
from vocabulary.condition import Capability, Condition, Owner, Severity

UNTIL_SETTLED: Final = "Until settled: no reset, no swap, nothing deleted."

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
    depends_on=(CARD_LINES_DOWN, HOST_UNREACHABLE, POS_NOT_RUNNING),
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
SETTLING: Final = (OVERDUE, DUE_SOON)
CONDITIONS: Final = (*BOOKS, *SETTLING)
