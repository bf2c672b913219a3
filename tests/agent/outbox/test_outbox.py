"""Nothing is lost before head office has it, whatever the disk does."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agent.outbox.outbox import Outbox
from agent.outbox.spool_file import SpoolInUseError
from agent.outbox.spool_rows import Limits
from tests.agent.outboxes import covered, fill, full, kinds, large, on_disk, pulse, records
from vocabulary.wire import Dropped, Full


def refuse(outbox: Outbox) -> None:
    """The disk takes no more inserts."""
    outbox._spool.db.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_INSERT else sqlite3.SQLITE_OK
    )


def test_records_survive_a_restart_in_order(tmp_path: Path) -> None:
    """Number and spool id go on where they were."""
    first = Outbox(tmp_path)
    fill(first, 3)
    spool = first.spool_id
    first.close()
    second = Outbox(tmp_path)
    fill(second, 1)

    assert second.spool_id == spool
    assert covered(second) == [1, 2, 3, 4]


def test_only_what_is_stored_is_deleted(tmp_path: Path) -> None:
    """A claim beyond what was ever given out deletes nothing, nor does one about another spool."""
    outbox = Outbox(tmp_path)
    fill(outbox, 5)
    outbox.confirm(outbox.spool_id, 2)
    outbox.confirm(outbox.spool_id, 99)
    outbox.confirm("another", 4)

    assert covered(outbox) == [3, 4, 5]


def test_a_second_agent_is_refused(tmp_path: Path) -> None:
    """Two agents on one spool would number the same record twice."""
    Outbox(tmp_path)

    with pytest.raises(SpoolInUseError, match="another poshealth"):
        Outbox(tmp_path)


def test_what_a_restored_head_office_lost_becomes_a_range(tmp_path: Path) -> None:
    """Confirmed, deleted here, then lost there: the gap is said, or nothing would ever be confirmed again."""
    outbox = Outbox(tmp_path)
    fill(outbox, 9)
    outbox.confirm(outbox.spool_id, 6)
    outbox.confirm(outbox.spool_id, 2)

    assert covered(outbox) == [3, 4, 5, 6, 7, 8, 9]
    assert records(outbox)[0] == Dropped(sequence=3, through=6, reason="no-longer-held")


def test_without_a_usable_folder_records_wait_in_memory(tmp_path: Path) -> None:
    """Health checks go on, and the trouble is said."""
    (tmp_path / "file").write_text("not a folder")
    outbox = Outbox(tmp_path / "file")
    fill(outbox, 2)

    assert covered(outbox) == [1, 2]
    assert "FileExistsError" in outbox.trouble or "NotADirectoryError" in outbox.trouble


def test_a_disk_that_refuses_a_write_costs_no_round(tmp_path: Path) -> None:
    """The record that could not be committed goes on in memory under another spool id."""
    outbox = Outbox(tmp_path)
    fill(outbox, 1)
    spool = outbox.spool_id
    refuse(outbox)
    fill(outbox, 1)

    assert outbox.trouble
    assert outbox.spool_id != spool
    assert covered(outbox) == [1]


def test_it_comes_back_to_the_disk_by_itself(tmp_path: Path) -> None:
    """First what had waited on the disk, then what was put in memory, then what follows it: each once."""
    outbox = Outbox(tmp_path)
    fill(outbox, 2)
    on_the_disk = outbox.spool_id
    refuse(outbox)
    fill(outbox, 3)
    in_memory, outbox._return_at = outbox.spool_id, 0.0
    fill(outbox, 1)
    outbox.close()
    outbox = Outbox(tmp_path)

    assert (outbox.trouble, outbox.depth) == ("", 6)
    assert (outbox.load(9, 9999).spool, covered(outbox)) == (on_the_disk, [1, 2])
    outbox.confirm(on_the_disk, 2)
    assert (outbox.load(9, 9999).spool, covered(outbox)) == (in_memory, [1, 2, 3, 4])


def test_a_commit_that_failed_and_yet_arrived_is_taken_back(tmp_path: Path) -> None:
    """Its heartbeat was put in memory meanwhile, under another key: head office would have it twice."""
    outbox = Outbox(tmp_path)
    fill(outbox, 2)
    outbox._spool.unsure = (outbox.spool_id, 2)
    outbox._go_on_in_memory(sqlite3.OperationalError("disk I/O error"))
    fill(outbox, 1)
    outbox._return_at = 0.0
    fill(outbox, 1)

    assert covered(outbox) == [1]
    assert outbox.depth == 3


def test_a_disk_that_goes_on_refusing_is_tried_again(tmp_path: Path) -> None:
    """Nothing is lost by a return that fails."""
    (tmp_path / "file").write_text("not a folder")
    outbox = Outbox(tmp_path / "file")
    for _ in range(3):
        outbox._return_at = 0.0
        fill(outbox, 1)
    (tmp_path / "file").unlink()
    outbox._return_at = 0.0
    fill(outbox, 1)

    assert outbox.trouble == ""
    assert covered(outbox) == [1, 2, 3, 4]


def test_a_reading_that_the_disk_refuses_ends_nothing(tmp_path: Path) -> None:
    """Every question has an answer, from memory at last."""
    outbox = Outbox(tmp_path)
    fill(outbox, 2)
    outbox._spool.db.close()

    assert (outbox.is_empty, outbox.depth, outbox.load(9, 9999).records) == (True, 0, [])
    assert outbox.trouble


def test_the_disk_space_is_bounded_with_the_log(tmp_path: Path) -> None:
    """Whatever is put: database and write-ahead log together stay below the quota, and every gap is said."""
    outbox = Outbox(tmp_path, Limits(max_rows=100_000, max_bytes=3 << 20))
    largest = 0
    for number in range(1000):
        outbox.put(large if number % 2 else pulse)
        largest = max(largest, on_disk(tmp_path))

    assert largest <= 3 << 20
    assert covered(outbox) == list(range(1, 1001))
    assert [kinds(outbox)[0], kinds(outbox)[-1]] == ["Dropped", "Full"]
    assert len(kinds(outbox)) < 400


def test_a_drained_backlog_gives_its_room_back(tmp_path: Path) -> None:
    """Another program may need it."""
    outbox = Outbox(tmp_path)
    for _ in range(300):
        outbox.put(large)
    before = on_disk(tmp_path)
    outbox.confirm(outbox.spool_id, 299)
    fill(outbox, 1)

    assert on_disk(tmp_path) < before / 2


def test_another_till_with_our_numbers_begins_a_new_spool(tmp_path: Path) -> None:
    """What head office has not taken goes over, numbered anew; what leans on the old spool says so."""
    outbox = Outbox(tmp_path)
    old = outbox.spool_id
    for make in (full, pulse, full, pulse):
        outbox.put(make)
    outbox.confirm(old, 1)
    outbox.begin_anew(2)

    assert outbox.load(9, 99_999).spool == outbox.spool_id != old
    assert kinds(outbox) == ["Pulse", "Full", "Pulse"]
    assert covered(outbox) == [1, 2, 3]
    report = records(outbox)[1]
    assert isinstance(report, Full)
    assert (report.report.spool_id, report.report.sequence) == (outbox.spool_id, 2)
