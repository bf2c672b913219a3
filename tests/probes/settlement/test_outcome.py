"""What became of a settlement is told from a row before it is asked what the statement could tell."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from probes.settlement.journal import Journal
from probes.settlement.options import SettlementOptions
from probes.settlement.outcome import read_outcome
from probes.settlement.questions import Closing, Question, Totals
from protocols.pos_database.database import Row
from vocabulary.reading import Reason, Status
from vocabulary.store_calendar import StoreCalendar

NOW = 1795233600.0
OPTIONS = SettlementOptions()
CALENDAR = StoreCalendar(zone="Asia/Shanghai").calendar()


class Books:
    """They have one row, and say of no column beforehand that they know it."""

    def __init__(self, question: type[Question], row: Row) -> None:
        self._question = question
        self._row = row

    def offers(self, question: type[Question], *columns: str) -> bool:
        return question is self._question and not columns

    def rows(self, _question: type[Question], _values: Mapping[str, float]) -> list[Row]:
        return [self._row]


def outcome(question: type[Question], row: Row) -> dict[str, tuple[Status, Reason | None]]:
    journal = Journal((Books(question, row),), NOW)
    return {each.code: (each.status, each.reason) for each in read_outcome(journal, OPTIONS, CALENDAR)}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"since_at": NOW - 86400}, (Status.FAILING, None)),
        ({"since_at": NOW - 1}, (Status.OK, None)),
        ({"has_failed": True}, (Status.OK, None)),
        ({"batch": "7"}, (Status.UNKNOWN, Reason.NOT_SET_UP)),
    ],
)
def test_a_row_that_tells_since_when_is_believed(row: Row, expected: tuple[Status, Reason | None]) -> None:
    assert outcome(Closing, row)["settlement.stuck"] == expected


@pytest.mark.parametrize(
    ("balances", "expected"),
    [
        (1, (Status.OK, None)),
        (0, (Status.FAILING, None)),
        (None, (Status.UNKNOWN, Reason.NOT_TESTED)),
    ],
)
def test_totals_that_were_not_compared_are_not_well(
    balances: int | None, expected: tuple[Status, Reason | None]
) -> None:
    assert outcome(Totals, {"batch": "7", "balances": balances})["settlement.not-balanced"] == expected
