"""What can be wrong with the pre-settlement slip (预结算单), in both its meanings, and what is in its way.

For a business date it is the summary before the day is settled; in a restaurant (预结单) it is made per
order, before the guest pays.
"""

from __future__ import annotations

from typing import Final

from probes.payment_lines.conditions import CARD_LINES_DOWN
from probes.receipt_printer.conditions import KEEPS_FROM_PRINTING
from probes.settlement.conditions import BOOKS_DAMAGED, BOOKS_UNREACHABLE
from probes.software.conditions import POS_NOT_RUNNING, PROGRAM_MISSING, VERSION_DIFFERS, VERSION_TOO_OLD
from vocabulary.condition import Condition, Owner, Severity

SPOOL_NOT_WRITABLE = Condition(
    code="pre-slip.spool-not-writable",
    title="POS may not write its slips",
    text="Account {account} of the POS application cannot write to {subject}: {seen}.",
    remedy="Give {account} the right to write there.",
    prepare="{subject}: {account} cannot write, {seen}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)
BOOKS_NOT_WRITABLE = Condition(
    code="pre-slip.database-not-writable",
    title="POS may not write its books",
    text="Account {account} of the POS application cannot write its database {subject}: {seen}.",
    remedy="Give {account} the right to write there.",
    avoid="Do not delete or replace the file.",
    prepare="{subject}: {account} cannot write, {seen}",
    owner=Owner.TECHNICIAN,
    severity=Severity.CRITICAL,
)
IN_THE_WAY: Final = (
    SPOOL_NOT_WRITABLE,
    BOOKS_NOT_WRITABLE,
    BOOKS_UNREACHABLE,
    BOOKS_DAMAGED,
    POS_NOT_RUNNING,
    VERSION_TOO_OLD,
    VERSION_DIFFERS,
    PROGRAM_MISSING,
)
DAY_MISSING = Condition(
    code="pre-slip.day-missing",
    title="Pre-settlement slip missing",
    text="There is no pre-settlement slip for {day}; it should be there since {by}.",
    remedy="Make it at the POS once more.",
    avoid="Do not settle before it is there.",
    prepare="no pre-settlement slip for {day}, due {by}",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.WARNING,
    depends_on=(*IN_THE_WAY, CARD_LINES_DOWN),
)
ORDER_MISSING = Condition(
    code="pre-slip.order-missing",
    title="Order slip does not come",
    text="The slip of order {number}, asked for at {at}, is not there; {count} in all.",
    remedy="Ask for it again at the POS.",
    avoid="Do not take the order's payment twice.",
    prepare="order {number} at {at}: no slip",
    owner=Owner.SOFTWARE_VENDOR,
    severity=Severity.WARNING,
    depends_on=(*IN_THE_WAY, *KEEPS_FROM_PRINTING),
)

CONDITIONS: Final = (SPOOL_NOT_WRITABLE, BOOKS_NOT_WRITABLE, DAY_MISSING, ORDER_MISSING)
