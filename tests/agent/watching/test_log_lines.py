"""A log's lines that matter run their probe at once; a sale does not."""

from __future__ import annotations

import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.watching.files import FileSource
from agent.watching.log_lines import MOST_BYTES, WatchedLog
from probes.settlement import preset

SALE = "2026-11-21 12:30:00 SALE receipt=1037\n"
FAILED = "2026-11-21 12:30:02 PRINT FAILED receipt=1037\n"


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[FileSource]:
    lines = preset.load("unionpay").lines
    assert lines is not None
    (tmp_path / "pos.log").write_text(FAILED)
    source = FileSource({}, (WatchedLog(tmp_path / "pos*.log", lines, ("settlement",)),))
    source.open(0.0)
    yield source
    source.close()


def says(folder: Path, text: str, name: str = "pos.log") -> None:
    with (folder / name).open("a") as file:
        file.write(text)


def woken(watched: FileSource) -> set[str]:
    assert select.select([watched], [], [], 5)[0], "the kernel tells of the change"
    return watched.step(0.0)


def test_what_went_wrong_is_told_at_once_and_once(watched: FileSource, tmp_path: Path) -> None:
    says(tmp_path, FAILED)
    assert woken(watched) == {"settlement"}
    assert watched.step(0.0) == set()


def test_a_sale_waits_for_the_next_round(watched: FileSource, tmp_path: Path) -> None:
    says(tmp_path, SALE)
    assert woken(watched) == set()


def test_half_a_line_is_told_when_it_is_whole(watched: FileSource, tmp_path: Path) -> None:
    says(tmp_path, FAILED[:30])
    assert woken(watched) == set()
    says(tmp_path, FAILED[30:])
    assert woken(watched) == {"settlement"}


def test_a_new_file_of_the_same_pattern_counts(watched: FileSource, tmp_path: Path) -> None:
    says(tmp_path, FAILED, "pos-2.log")
    assert woken(watched) == {"settlement"}


def test_a_truncated_file_is_read_from_its_beginning(watched: FileSource, tmp_path: Path) -> None:
    says(tmp_path, SALE * 10)
    woken(watched)
    (tmp_path / "pos.log").write_text(FAILED)
    assert woken(watched) == {"settlement"}


def test_a_line_without_end_does_not_stand_in_the_way(watched: FileSource, tmp_path: Path) -> None:
    says(tmp_path, "x" * MOST_BYTES)
    woken(watched)
    says(tmp_path, "\n" + FAILED)
    assert woken(watched) == {"settlement"}


def test_a_link_that_leads_nowhere_costs_only_itself(watched: FileSource, tmp_path: Path) -> None:
    """Files beside it are watched from where they ended, also after it is watched anew."""
    (tmp_path / "pos-0.log").symlink_to("gone")
    watched.close()
    watched.open(0.0)
    assert watched.step(0.0) == set()
    says(tmp_path, FAILED)
    assert woken(watched) == {"settlement"}
