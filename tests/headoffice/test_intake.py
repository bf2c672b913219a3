"""What a record must say to be taken: nothing that a page could not show."""

from __future__ import annotations

import msgspec
import pytest

from headoffice.intake import read_record
from tests.headoffice import reports
from vocabulary.report import Clock
from vocabulary.work import Work


@pytest.mark.parametrize("wall", [1e300, -1.0])
def test_a_report_of_a_time_that_is_none_is_rejected(wall: float) -> None:
    report = msgspec.structs.replace(reports.report(), clock=Clock(wall=wall, boottime=1.0))

    assert read_record(msgspec.json.encode(reports.full(report)), "s0412-t2").reason == "time out of range"


def test_a_kept_note_of_such_a_time_shuts_no_terminal_out() -> None:
    """It comes with every report for as long as the terminal keeps it."""
    report = msgspec.structs.replace(reports.report(), work=(Work(reason="new card", began=1e300),))

    assert read_record(msgspec.json.encode(reports.full(report)), "s0412-t2").reason == ""
