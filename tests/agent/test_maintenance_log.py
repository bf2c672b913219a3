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


def test_what_root_notes_belongs_to_whom_the_folder_belongs(till_folder: Path) -> None:
    """Else the daemon could not read it; and root is root again afterwards."""
    os.chown(till_folder, 65534, 65534)
    for entry in (HEAD, EARLIER):
        maintenance_log.add(wants(till_folder), entry)
    details = (till_folder / "maintenance.jsonl").stat()
    assert (details.st_uid, details.st_gid) == (65534, 65534)
    assert (os.geteuid(), os.getegid()) == (0, 0)


@pytest.mark.parametrize("name", ["maintenance.jsonl", "maintenance.jsonl.new"])
def test_a_link_leads_root_nowhere(till_folder: Path, tmp_path: Path, name: str) -> None:
    """Laid by the account whose folder it is: nothing of root's is read or written for it."""
    secret = tmp_path / "secret"
    secret.write_text("root's own")
    (till_folder / name).symlink_to(secret)
    os.chown(till_folder, 65534, 65534)
    said = maintenance_log.answer(wants(till_folder), HEAD)
    assert "noted" not in said or not (till_folder / "maintenance.jsonl").is_symlink()
    assert secret.read_text() == "root's own"
    assert not [
        each for each in till_folder.iterdir() if not each.is_symlink() and b"own" in each.read_bytes()
    ]


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
        (f"{'a' * 179} pwd=b pwd=c pwd=d", f"{'a' * 179} pwd=[hidden] pwd=[hi"),  # longer than it was
    ],
)
def test_a_note_holds_no_card_number_and_no_password(tmp_path: Path, note: str, kept: str) -> None:
    """Neither on the disk nor in the answer."""
    answer = maintenance_log.answer(wants(tmp_path), Entry(task="spare", at=NOON, by="x", note=note))
    assert kept in str(answer)
    assert [entry.note for entry in maintenance_log.noted(wants(tmp_path))] == [kept]
    assert (tmp_path / "maintenance.jsonl").read_text().count(kept) == 1


@pytest.mark.parametrize(
    ("by", "kept"),
    [("4111 1111 1111 1111", "[number hidden]"), (f"{'a' * 33} pwd=b", f"{'a' * 33} pwd=[h")],
)
def test_nor_does_a_name(tmp_path: Path, by: str, kept: str) -> None:
    """And whoever is behind it, the entry can be read back."""
    maintenance_log.add(wants(tmp_path), Entry(task="spare", at=NOON, by=by))
    assert [entry.by for entry in maintenance_log.noted(wants(tmp_path))] == [kept]
