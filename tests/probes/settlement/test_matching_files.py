"""Files come and go while a folder is looked at; one that may not be looked at is not one that is gone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.running.probe_run import ProbeRun
from probes.settlement import matching_files as looking
from probes.settlement.matching_files import matching_files
from probes.settlement.options import SettlementOptions
from probes.settlement.probe import PROBE
from probes.till import Till
from protocols.pos_database.database import DatabaseError, Trouble
from vocabulary.reading import Reason

RunProbe = Callable[..., ProbeRun]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "spool"
    made.mkdir()
    for at, name in enumerate(("b.txt", "a.txt", "notes")):
        (made / name).touch()
        os.utime(made / name, (at, at))
    return made


def names(folder: Path) -> list[str]:
    return [found.path.name for found in matching_files("/spool/*.txt", Till(folder.parent))]


def test_they_come_oldest_first(folder: Path) -> None:
    assert names(folder) == ["b.txt", "a.txt"]


def test_one_that_has_just_gone_is_passed_over(folder: Path) -> None:
    """A link to nothing is what a file is between its name's look-up and its own."""
    (folder / "gone.txt").symlink_to(folder / "nothing")

    assert names(folder) == ["b.txt", "a.txt"]


def test_too_many_of_them_are_told_and_others_do_not_count(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MAX_FILES", 2)
    assert len(names(folder)) == 2

    (folder / "c.txt").touch()
    with pytest.raises(DatabaseError) as caught:
        names(folder)
    assert (caught.value.trouble, caught.value.detail) == (Trouble.FAILED, "/spool: more than 2 files")


@pytest.mark.parametrize(
    "settings",
    [
        {"preset": "unionpay", "log": "/spool/*.txt"},
        {"files": {"settled": "/spool/*.txt", "unposted": "/spool/*.txt"}},
    ],
    ids=["log", "files"],
)
def test_a_folder_without_the_right_to_look_is_no_loss_of_the_books(
    run_probe: RunProbe, till_folder: Path, settings: dict[str, object]
) -> None:
    (till_folder / "spool").mkdir(mode=0o311)
    options = SettlementOptions(**settings)  # type: ignore[arg-type]
    found = {each.code: each for each in run_probe(PROBE, options, root=till_folder).readings}

    assert (
        found["posting.backlog" if "files" in settings else "settlement.stuck"].reason is Reason.NO_PERMISSION
    )
    assert found["journal.unreachable"].because == "no right to look into /spool"
