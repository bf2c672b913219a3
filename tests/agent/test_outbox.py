"""Nothing is lost before head office has it, and every gap is said."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest

from agent.outbox import Outbox, SpoolInUseError
from vocabulary.wire import Dropped, Heartbeat, Pulse


def pulse(_: str, sequence: int) -> Pulse:
    return Pulse(sequence=sequence, at=0.0, unchanged_since=1)


def fill(outbox: Outbox, count: int) -> None:
    for _ in range(count):
        outbox.put(pulse)


def records(outbox: Outbox) -> list[Heartbeat]:
    return [msgspec.json.decode(stored.body, type=Heartbeat) for stored in outbox.batch(10_000, 1 << 30)]


def covered(outbox: Outbox) -> list[int]:
    """Every sequence that a record or a range stands for."""
    found: list[int] = []
    for record in records(outbox):
        last = record.through if isinstance(record, Dropped) else record.sequence
        found.extend(range(record.sequence, last + 1))
    return found


def test_records_survive_a_restart_in_order(tmp_path: Path) -> None:
    """Sequence and spool id go on where they were."""
    first = Outbox(tmp_path)
    fill(first, 3)
    spool = first.spool_id
    first.close()
    second = Outbox(tmp_path)
    fill(second, 1)

    assert second.spool_id == spool
    assert covered(second) == [1, 2, 3, 4]


def test_only_what_is_stored_is_deleted(tmp_path: Path) -> None:
    """A claim beyond what was ever given out deletes nothing."""
    outbox = Outbox(tmp_path)
    fill(outbox, 5)
    outbox.confirm(2)
    outbox.confirm(99)

    assert covered(outbox) == [3, 4, 5]


def test_a_second_agent_is_refused(tmp_path: Path) -> None:
    """Two agents on one spool would number the same sequence twice."""
    Outbox(tmp_path)

    with pytest.raises(SpoolInUseError, match="another poshealth"):
        Outbox(tmp_path)


def test_over_quota_the_gap_is_a_range(tmp_path: Path) -> None:
    """Oldest pulses go first; what went is one record that says from where to where."""
    outbox = Outbox(tmp_path, max_rows=300)
    fill(outbox, 900)

    assert outbox.depth <= 301
    assert covered(outbox) == list(range(1, 901))
    assert isinstance(records(outbox)[0], Dropped)


def test_a_corrupt_spool_is_set_aside(tmp_path: Path) -> None:
    """A damaged file never keeps the agent from starting; the new spool has a new id."""
    first = Outbox(tmp_path)
    fill(first, 50)
    spool = first.spool_id
    first.close()
    (tmp_path / "outbox.db").write_bytes(b"\xff" * 20_000)
    second = Outbox(tmp_path)
    fill(second, 1)

    assert second.spool_id != spool
    assert second.trouble == ""
    assert len(list(tmp_path.glob("outbox.db.corrupt-*"))) == 1


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
    outbox._db.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_INSERT else sqlite3.SQLITE_OK
    )
    fill(outbox, 1)

    assert outbox.trouble
    assert outbox.spool_id != spool
    assert covered(outbox) == [1]


def test_a_poisoned_record_makes_way(tmp_path: Path) -> None:
    """What head office will never take is kept aside and its number covered."""
    outbox = Outbox(tmp_path)
    fill(outbox, 3)
    outbox.set_aside(1, "too large")

    assert [type(record).__name__ for record in records(outbox)] == ["Dropped", "Pulse", "Pulse"]
    assert covered(outbox) == [1, 2, 3]


def test_the_spool_is_durable_by_its_pragmas(tmp_path: Path) -> None:
    """WAL with FULL: NORMAL lost up to 690 acknowledged rows in one power cut."""
    outbox = Outbox(tmp_path)

    assert outbox._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert outbox._db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_what_a_restored_head_office_lost_becomes_a_range(tmp_path: Path) -> None:
    """Confirmed, deleted here, then lost there: the gap is said, or nothing would ever be confirmed again."""
    outbox = Outbox(tmp_path)
    fill(outbox, 9)
    outbox.confirm(6)
    outbox.explain_gap(2)

    assert covered(outbox) == [3, 4, 5, 6, 7, 8, 9]
    assert records(outbox)[0] == Dropped(sequence=3, through=6, reason="no-longer-held")
