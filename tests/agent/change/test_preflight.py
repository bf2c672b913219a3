"""Whether this is a good moment for work at the till."""

from __future__ import annotations

import pytest

from agent.change.preflight import preflight
from probes.device.disk_conditions import BACKUP_TOO_OLD
from probes.settlement.conditions import BOOKS_UNREACHABLE, OVERDUE, STUCK
from probes.settlement.posting_conditions import AWAITED, NONE_SINCE_CHANGE
from tests.agent.slip.situations import report
from tests.agent.till_readings import failing
from vocabulary.reading import Reading, Reason

WAITING = OVERDUE.ok("", sales=37, batch="000123")


@pytest.mark.parametrize(
    ("readings", "words"),
    [
        ((), []),
        ((WAITING,), ["Settle first: 37 sales of batch 000123 are not settled."]),
        ((failing(OVERDUE, ""),), ["Settle first: 37 sales of batch 000123 are not settled."]),
        ((failing(STUCK, ""),), ["A settlement is under way: wait for its slip."]),
        ((OVERDUE.unknown(Reason.BUSY, because="in use"),), ["Not known whether all is settled: in use."]),
        (
            (OVERDUE.unknown(Reason.NOT_TESTED, because="x"), failing(BOOKS_UNREACHABLE, "")),
            ["Not known whether all is settled: journal.unreachable."],
        ),
        ((OVERDUE.unknown(Reason.NOT_SET_UP),), []),
        (
            (failing(BACKUP_TOO_OLD, "sales"), BACKUP_TOO_OLD.ok("settings")),
            ["Back up first: Backup is too old."],
        ),
        (
            (failing(AWAITED, ""),),
            ["Nothing was posted since the last change: no further one before that is clear."],
        ),
    ],
)
def test_what_speaks_against_it(readings: tuple[Reading, ...], words: list[str]) -> None:
    assert [each.words("en") for each in preflight(report(*readings))] == words


def test_a_part_of_a_second_is_one_to_wait() -> None:
    assert [each.words("en") for each in preflight(report(), held_seconds=0.2)] == [
        "The POS is printing, or in a sale: wait 1 s."
    ]


def test_all_of_it_in_chinese() -> None:
    """One line each, the POS's hands first."""
    readings = (WAITING, failing(STUCK, ""), failing(NONE_SINCE_CHANGE, ""))
    lines = [each.words("zh") for each in preflight(report(*readings), held_seconds=29.2)]

    assert [line.partition(":")[0] for line in lines] == [
        "收银软件正在打印或收款",
        "正在结算",
        "先做结算",
        "上次变更后还没见入账",
    ]
    assert "等30秒" in lines[0]
