"""Work at the till is kept over the daemon's end: begun once, ended once, reminded of, never half."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.change.journal import FILE, KEPT, WorkError, WorkJournal
from probes.receipt_printer.conditions import COVER_OPEN
from tests.agent.slip.situations import NOW, report
from tests.agent.till_readings import PRINTER, failing
from vocabulary.reading import Status
from vocabulary.work import Verdict

OPEN = failing(COVER_OPEN, PRINTER)


def test_from_begin_to_end_over_a_restart(tmp_path: Path) -> None:
    """The look before it comes back as it was, with what is different."""
    WorkJournal(tmp_path).begin("new printer", "root", report(OPEN), ("Settle first.",), NOW)

    before, work = WorkJournal(tmp_path).end(report(), NOW + 600)

    assert before == report(OPEN)
    assert (work.reason, work.warned, work.ended - work.began) == ("new printer", ("Settle first.",), 600)
    assert work.verdict is Verdict.BETTER
    assert WorkJournal(tmp_path).notes() == (work,)


def test_only_one_at_a_time(tmp_path: Path) -> None:
    journal = WorkJournal(tmp_path)
    with pytest.raises(WorkError, match="no work was begun"):
        journal.end(report(), NOW)
    journal.begin("new card", "root", report(), (), NOW)

    with pytest.raises(WorkError, match="“new card” goes on since"):
        journal.begin("new cable", "root", report(), (), NOW + 1)


def test_the_last_ones_are_kept(tmp_path: Path) -> None:
    journal = WorkJournal(tmp_path)
    for number in range(KEPT + 2):
        journal.begin(f"work {number}", "root", report(), (), NOW)
        journal.end(report(), NOW + 1)

    assert [work.reason for work in journal.notes()] == [f"work {number}" for number in range(2, KEPT + 2)]


def test_one_that_is_forgotten_is_reminded_of(tmp_path: Path) -> None:
    """Not before its time, and not once it is ended."""
    journal = WorkJournal(tmp_path)
    journal.begin("new card", "root", report(), (), NOW)

    assert journal.reading(NOW + 3 * 3600, 4).status is Status.OK
    late = journal.reading(NOW + 5 * 3600, 4)
    assert late.status is Status.FAILING
    assert late.facts["reason"] == "new card"
    journal.end(report(), NOW + 5 * 3600)
    assert journal.reading(NOW + 6 * 3600, 4).status is Status.OK


def test_a_card_number_in_the_reason_is_hidden(tmp_path: Path) -> None:
    work = WorkJournal(tmp_path).begin("card 6222 0212 3456 7890 128 is new", "root", report(), (), NOW)

    assert "6222" not in work.reason
    assert b"6222" not in (tmp_path / FILE).read_bytes()


def test_a_disk_that_refuses_begins_nothing(tmp_path: Path) -> None:
    journal = WorkJournal(tmp_path / "not there")

    with pytest.raises(WorkError, match="cannot be written"):
        journal.begin("new card", "root", report(), (), NOW)
    assert journal.open is None


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b'{"notes": [{')

    assert WorkJournal(tmp_path).open is None


def test_what_root_keeps_is_the_daemons_to_go_on_with(till_folder: Path) -> None:
    """Without a daemon it is written in its folder: as its account, which could have laid a link there."""
    (till_folder / "root's").touch()
    (till_folder / f"{FILE}.new").symlink_to("root's")
    os.chown(till_folder, 65534, 65534)
    with pytest.raises(WorkError, match="cannot be written: Permission denied"):
        WorkJournal(till_folder).begin("new card", "root", report(), (), NOW)
    (till_folder / f"{FILE}.new").unlink()
    WorkJournal(till_folder).begin("new card", "root", report(), (), NOW)

    assert ((till_folder / FILE).stat().st_uid, os.geteuid()) == (65534, 0)
    assert not (till_folder / "root's").read_bytes()
