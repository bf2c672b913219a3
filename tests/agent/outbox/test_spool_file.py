"""A commit that was said survives; a file that is damaged stops nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agent.outbox.outbox import Outbox
from tests.agent.outboxes import covered, fill, full, kinds, records
from vocabulary.wire import Full

CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("locking_mode", "exclusive"),
        ("wal_autocheckpoint", 64),
        ("journal_size_limit", 262_144),
        ("mmap_size", 0),
        ("auto_vacuum", 2),
    ],
)
def test_the_spool_is_durable_by_its_pragmas(tmp_path: Path, pragma: str, value: object) -> None:
    """WAL with FULL: NORMAL lost up to 690 acknowledged rows in one power cut. The log is bounded."""
    outbox = Outbox(tmp_path)

    assert outbox._spool.db.execute(f"PRAGMA {pragma}").fetchone() == (value,)
    assert not list(tmp_path.glob("*-shm"))


def test_a_spool_of_the_first_release_is_taken_over(tmp_path: Path) -> None:
    """Its reports, its numbers and its id; what it had set aside stays aside."""
    with sqlite3.connect(tmp_path / "outbox.db") as old:
        old.executescript((CASES / "outbox-of-0.1.0.sql").read_text(encoding="utf-8"))
    old.close()
    outbox = Outbox(tmp_path)
    fill(outbox, 1)

    assert (outbox.trouble, outbox.spool_id) == ("", "9f86d081884c")
    assert kinds(outbox) == ["Full", "Pulse", "Dropped", "Pulse", "Pulse", "Pulse"]
    assert covered(outbox) == [1, 2, 3, 4, 5, 6]
    first = records(outbox)[0]
    assert isinstance(first, Full)
    assert first.report.diagnosis.causes[0].words["zh"].title == "缺纸"


def test_of_damaged_files_two_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For whoever wants to look; a disk that rots does not fill with them."""
    for second in range(4):
        monkeypatch.setattr("time.gmtime", lambda second=second: (2026, 11, 30, 10, 0, second, 0, 334, 0))
        (tmp_path / "outbox.db").write_bytes(b"\xff" * 20_000)
        outbox = Outbox(tmp_path)
        outbox.put(full)
        outbox.close()

    assert sorted(path.name[-2:] for path in tmp_path.glob("outbox.db.corrupt-*")) == ["02", "03"]
