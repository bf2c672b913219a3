"""What a record must say to be taken: nothing that a page could not show."""

from __future__ import annotations

import msgspec
import pytest

from headoffice.intake import read_record
from tests.headoffice import reports
from vocabulary.report import Fate, Occasion, SlipNote
from vocabulary.work import Work

NEVER = 1e300


def slip(wanted_at: float, at: float) -> SlipNote:
    return SlipNote(id="1", occasion=Occasion.ASKED, wanted_at=wanted_at, at=at, fate=Fate.PRINTED)


@pytest.mark.parametrize(
    "wrong",
    [
        {"work": (Work(reason="new card", began=NEVER),)},
        {"work": (Work(reason="new card", began=-1.0),)},
        {"work": (Work(reason="new card", began=1.0), Work(reason="new card", began=1.0, ended=NEVER))},
        {"slips": (slip(NEVER, 1.0),)},
        {"slips": (slip(1.0, NEVER),)},
    ],
)
def test_times_that_are_none_are_rejected(wrong: dict[str, object]) -> None:
    report = msgspec.structs.replace(reports.report(), **wrong)

    assert read_record(msgspec.json.encode(reports.full(report)), "s0412-t2").reason == "time out of range"
