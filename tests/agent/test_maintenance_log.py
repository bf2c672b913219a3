"""The maintenance log on a disk."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent import maintenance_log
from agent.maintenance_log import UnknownTaskError
from probes.maintenance.log import Entry
from probes.maintenance.options import MaintenanceOptions, Spare, Task

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HEAD = Entry(task="print-head", at=NOON, by="Li Wei")
EARLIER = Entry(task="spare", at=datetime(2026, 11, 1, tzinfo=UTC), by="小李")


def wants(folder: Path) -> MaintenanceOptions:
    task = Task(name="print-head", title="Clean the print head", every_days=90)
    return MaintenanceOptions(
        log=str(folder / "maintenance.jsonl"), tasks=(task,), spare=Spare(where="back office")
    )


def test_what_is_added_is_noted_by_its_own_time(tmp_path: Path) -> None:
    """A belated entry stands where it belongs."""
    for entry in (HEAD, EARLIER):
        maintenance_log.add(wants(tmp_path), entry)
    assert maintenance_log.noted(wants(tmp_path)) == [EARLIER, HEAD]


def test_a_task_that_nobody_set_up_is_not_noted(tmp_path: Path) -> None:
    """The answer lists what may be noted, the spare device among it."""
    with pytest.raises(UnknownTaskError, match="no task cutter; there are: print-head, spare"):
        maintenance_log.add(wants(tmp_path), Entry(task="cutter", at=NOON, by="x"))
    assert not list(tmp_path.iterdir())


def test_a_disk_that_refuses_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    """A folder lies where the new file would be written aside."""
    maintenance_log.add(wants(tmp_path), HEAD)
    (tmp_path / "maintenance.jsonl.new").mkdir()
    assert "Is a directory" in str(maintenance_log.answer(wants(tmp_path), EARLIER)["error"])
    assert maintenance_log.noted(wants(tmp_path)) == [HEAD]


def test_the_first_entry_of_root_belongs_to_whom_the_folder_belongs(tmp_path: Path) -> None:
    """Else the daemon could not read it. An old log keeps owner and mode."""
    os.chown(tmp_path, 65534, 65534)
    path = tmp_path / "maintenance.jsonl"
    maintenance_log.add(wants(tmp_path), HEAD)
    path.chmod(0o640)
    maintenance_log.add(wants(tmp_path), EARLIER)
    assert (path.stat().st_uid, path.stat().st_gid, path.stat().st_mode & 0o777) == (65534, 65534, 0o640)


def test_the_answers_to_requests(tmp_path: Path) -> None:
    """What was noted; the whole log; why not."""
    noted = {"task": "print-head", "at": "2026-11-30T12:00:00Z", "by": "Li Wei"}
    assert maintenance_log.answer(wants(tmp_path), None) == {"entries": []}
    assert maintenance_log.answer(wants(tmp_path), HEAD) == {"noted": noted}
    assert maintenance_log.answer(wants(tmp_path), None) == {"entries": [noted]}
    assert "no task" in str(maintenance_log.answer(MaintenanceOptions(log="/nowhere"), HEAD)["error"])


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("4111 1111 1111 1111 jammed", "[number hidden] jammed"),
        ("password: hunter2 set", "password: [hidden] set"),
        ("cleaned with alcohol, 2 pads", "cleaned with alcohol, 2 pads"),
    ],
)
def test_a_note_holds_no_card_number_and_no_password(tmp_path: Path, note: str, kept: str) -> None:
    """Neither on the disk nor in the answer."""
    answer = maintenance_log.answer(wants(tmp_path), Entry(task="spare", at=NOON, by="x", note=note))
    assert kept in str(answer)
    assert [entry.note for entry in maintenance_log.noted(wants(tmp_path))] == [kept]
    assert (tmp_path / "maintenance.jsonl").read_text().count(kept) == 1
