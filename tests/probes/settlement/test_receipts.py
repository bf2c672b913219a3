"""Whether the newest receipt failed is told from its row before it is asked what the books could tell."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from probes.settlement.journal import Journal
from probes.settlement.options import SettlementOptions
from probes.settlement.questions import LastReceipt, Question
from probes.settlement.receipts import read_receipts
from protocols.pos_database.database import Row
from vocabulary.reading import Reason, Status
from vocabulary.store_calendar import StoreCalendar


class Books:
    """They have one row, and say of no column beforehand that they know it."""

    def __init__(self, row: Row) -> None:
        self._row = row

    def offers(self, question: type[Question], *columns: str) -> bool:
        return question is LastReceipt and not columns

    def rows(self, _question: type[Question], _values: Mapping[str, float]) -> list[Row]:
        return [self._row]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"number": "7", "has_failed": 1}, (Status.FAILING, None)),
        ({"number": "7"}, (Status.UNKNOWN, Reason.NOT_SET_UP)),
    ],
)
def test_a_row_that_tells_of_a_failure_is_believed(row: Row, expected: tuple[Status, Reason | None]) -> None:
    last, _ = read_receipts(
        Journal((Books(row),), 1795233600.0), SettlementOptions(), StoreCalendar().calendar()
    )

    assert (last.status, last.reason) == expected
