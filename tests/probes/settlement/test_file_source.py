"""Files tell by when they were written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from probes.settlement.file_source import FileQuestion, FileSource
from probes.settlement.questions import DaySlip, OpenBatch, Settled, Unposted
from probes.till import Till
from protocols.pos_database.database import DatabaseError, Trouble

PATTERNS: dict[FileQuestion, str] = {
    "settled": "/spool/settled-*.txt",
    "day_slip": "/spool/pre-*.pdf",
    "unposted": "/outbox/*.xml",
}


@pytest.fixture
def source(tmp_path: Path) -> FileSource:
    for name, at in {
        "spool/settled-1.txt": 1000,
        "spool/settled-2.txt": 2000,
        "spool/notes.txt": 9000,
        "spool/pre-1.pdf": 1500,
        "outbox/b.xml": 700,
        "outbox/a.xml": 900,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        os.utime(path, (at, at))
    return FileSource(PATTERNS, Till(tmp_path))


def test_the_newest_is_the_last_settlement(source: FileSource) -> None:
    assert source.rows(Settled, {}) == [{"settled_at": 2000.0}]


@pytest.mark.parametrize(("begins", "made"), [(1000.0, 1), (1600.0, 0)])
def test_a_slip_belongs_to_the_business_date_in_which_it_was_written(
    source: FileSource, begins: float, made: int
) -> None:
    assert source.rows(DaySlip, {"day_begins": begins, "day_ends": begins + 600})[0]["made"] == made


def test_each_file_that_waits_is_a_sale_not_sent(source: FileSource) -> None:
    assert source.rows(Unposted, {}) == [{"unposted": 2, "oldest_at": 700.0}]


def test_only_what_is_set_is_offered(source: FileSource) -> None:
    assert source.offers(Settled)
    assert not source.offers(OpenBatch)


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError) as caught:
        FileSource({"settled": "/gone/*.txt"}, Till(tmp_path)).rows(Settled, {})
    assert caught.value.trouble is Trouble.NOT_THERE
