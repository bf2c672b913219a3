"""An opening is noticed, whoever opens, and only an opening."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from protocols.file_opens import OpenWatch
from tests.holding import held


def test_each_opening_is_told_once(tmp_path: Path) -> None:
    """By another name of the file as well."""
    (tmp_path / "port").touch()
    (tmp_path / "link").symlink_to(tmp_path / "port")
    with OpenWatch(str(tmp_path / "link")) as watch:
        assert not watch.was_opened()
        os.close(os.open(tmp_path / "port", os.O_RDONLY))
        assert watch.was_opened()
        assert not watch.was_opened()


def test_a_terminal_opened_by_another_program_is_told() -> None:
    """A device file is watched as any other."""
    master, slave = os.openpty()
    with OpenWatch(os.ttyname(slave)) as watch, held(os.ttyname(slave)):
        assert watch.was_opened()
    os.close(master)
    os.close(slave)


def test_what_is_not_there_cannot_be_watched() -> None:
    with pytest.raises(FileNotFoundError):
        OpenWatch("/dev/no-such-port")
