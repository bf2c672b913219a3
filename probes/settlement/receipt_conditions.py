"""What can be wrong with receipts: sold, and nothing was printed for it."""

from __future__ import annotations

from typing import Final

from probes.receipt_printer.conditions import KEEPS_FROM_PRINTING
from probes.software.conditions import POS_NOT_RUNNING
from vocabulary.condition import Condition, Owner, Severity

NOT_TWICE: Final = "No receipt is not no payment: do not charge twice."

LAST_FAILED = Condition(
    code="receipts.last-failed",
    title="Last receipt not printed",
    text="The receipt of sale {number}, the last one, was not printed.",
    remedy="Look up sale {number} of {at}, then press Reprint.",
    avoid=NOT_TWICE,
    prepare="sale {number}, {at}: no receipt",
    owner=Owner.STAFF,
    severity=Severity.WARNING,
    depends_on=(*KEEPS_FROM_PRINTING, POS_NOT_RUNNING),
)
MISSING = Condition(
    code="receipts.missing",
    title="Sales without a receipt",
    text="No receipt was printed for {count} sales of this business date.",
    remedy="Reprint {numbers}, or note why not.",
    avoid=NOT_TWICE,
    prepare="{count} without receipt: {numbers}",
    owner=Owner.STAFF,
    severity=Severity.NOTICE,
    depends_on=(*KEEPS_FROM_PRINTING, POS_NOT_RUNNING, LAST_FAILED),
)

CONDITIONS: Final = (LAST_FAILED, MISSING)
