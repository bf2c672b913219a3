"""Files as other programs change them, in real folders."""

from __future__ import annotations

import select
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.watching.files import FileSource


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[FileSource]:
    (tmp_path / "run").mkdir()
    (tmp_path / "etc").mkdir()
    (tmp_path / "run" / "stub").write_text("nameserver 10.0.0.1\n")
    (tmp_path / "etc" / "resolv.conf").symlink_to(tmp_path / "run" / "stub")
    source = FileSource({tmp_path / "etc" / "resolv.conf": ("network",)})
    source.open(0.0)
    yield source
    source.close()


def write_in_place(folder: Path) -> None:
    (folder / "run" / "stub").write_text("nameserver 10.0.0.254\n")


def replace_target(folder: Path) -> None:
    (folder / "run" / "new").write_text("nameserver 10.0.0.2\n")
    (folder / "run" / "new").replace(folder / "run" / "stub")


def replace_link(folder: Path) -> None:
    (folder / "etc" / "new").write_text("nameserver 10.0.0.3\n")
    (folder / "etc" / "new").replace(folder / "etc" / "resolv.conf")


def remove(folder: Path) -> None:
    (folder / "etc" / "resolv.conf").unlink()


@pytest.mark.parametrize("change", [write_in_place, replace_target, replace_link, remove])
def test_every_way_to_change_a_file_is_seen(
    watched: FileSource, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    """Also where its name is a link, as systemd-resolved makes it."""
    change(tmp_path)
    assert select.select([watched], [], [], 5)[0]
    assert watched.step(0.0) == {"network"}


def test_after_a_replaced_link_the_new_file_is_watched(watched: FileSource, tmp_path: Path) -> None:
    """The link may lead to another folder from now on."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "conf").write_text("")
    (tmp_path / "etc" / "new").symlink_to(tmp_path / "other" / "conf")
    (tmp_path / "etc" / "new").replace(tmp_path / "etc" / "resolv.conf")
    select.select([watched], [], [], 5)
    watched.step(0.0)
    (tmp_path / "other" / "conf").write_text("nameserver 10.0.0.4\n")
    assert select.select([watched], [], [], 5)[0]
    assert watched.step(0.0) == {"network"}


def test_other_files_of_the_folder_say_nothing(watched: FileSource, tmp_path: Path) -> None:
    """/etc holds many."""
    (tmp_path / "etc" / "motd").write_text("hello")
    select.select([watched], [], [], 5)
    assert watched.step(0.0) == set()
