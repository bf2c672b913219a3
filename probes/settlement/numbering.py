"""Receipts that stand in the books twice, and trace numbers that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from probes.settlement.journal import Journal, NotToldError
from probes.settlement.posting_conditions import TRACE_GAP, TWICE
from probes.settlement.questions import Traces, Twice
from vocabulary.reading import Reading, Reason

LOOK_BACK_SECONDS: Final = 3 * 86400.0  # a weekend
SHOWN: Final = 3
WRAPPED: Final = 500_000  # field 11 is six digits: after 999999 comes 000001, and no batch has half a million


def read_numbering(journal: Journal, *, traces_count_sales: bool) -> Iterator[Reading]:
    """`traces_count_sales`: nothing but a sale takes a trace number, so that a gap is a sale that is gone."""
    yield _twice(journal)
    if traces_count_sales:
        yield _trace_gap(journal)
    else:
        yield TRACE_GAP.unknown(Reason.NOT_SET_UP, because="traces_count_sales is not set")


def _twice(journal: Journal) -> Reading:
    try:
        rows = journal.rows(Twice, since=journal.now - LOOK_BACK_SECONDS)
    except NotToldError as gap:
        return TWICE.unknown(gap.reason, because=gap.because)
    numbers = sorted(row.number for row in rows)
    more = f" +{len(numbers) - SHOWN}" if len(numbers) > SHOWN else ""
    return TWICE.failing_if(bool(numbers), receipts=len(numbers), numbers=", ".join(numbers[:SHOWN]) + more)


def _trace_gap(journal: Journal) -> Reading:
    try:
        found = journal.row(Traces)
    except NotToldError as untold:
        return TRACE_GAP.unknown(untold.reason, because=untold.because)
    if found is None or not found.present:
        return TRACE_GAP.ok()
    if found.highest - found.lowest > WRAPPED:
        return TRACE_GAP.unknown(Reason.NOT_TESTED, because="the trace numbers began anew within the batch")
    gap = found.highest - found.lowest + 1 - found.present
    return TRACE_GAP.failing_if(
        gap > 0, batch=found.batch or "-", lowest=found.lowest, highest=found.highest, gap=gap
    )
