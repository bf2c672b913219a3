"""Who has a device open is seen, with or without a lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from protocols.port_holders import Holder, Look, NotTold, character_device, lines, look, told
from simulators.escpos_printer import EscposPrinter
from tests.holding import WAYS, held


def holders(path: str) -> tuple[Holder, ...]:
    device = character_device(path)
    assert device is not None
    return look(device).holders


@pytest.mark.parametrize("way", WAYS)
def test_a_program_is_seen_for_as_long_as_it_holds(way: str, tmp_path: Path) -> None:
    """By a link to the device as well; the printer's own end is none of those who use it."""
    with EscposPrinter(link=tmp_path / "printer") as printer:
        name = str(tmp_path / "printer")
        assert holders(name) == ()
        with held(printer.pty_path, way) as pid:
            (holder,) = holders(name)
        assert holders(name) == ()
    assert holder.pid == pid or way == "inherited"


def test_a_name_of_two_lines_is_one_line() -> None:
    """Else a program could call itself "pos\\nend" and hide those after it."""
    with EscposPrinter() as printer, held(printer.pty_path, "under a name of two lines") as pid:
        assert holders(printer.pty_path) == (Holder(pid, "pos?end"),)


def test_another_terminals_master_excuses_nobody() -> None:
    """A POS under a terminal emulator holds a master too, of another pseudo terminal."""
    master, slave = os.openpty()
    with EscposPrinter() as printer:
        name = os.open(printer.pty_path, os.O_RDWR | os.O_NOCTTY)
        assert [holder.pid for holder in holders(os.ttyname(slave))] == []
        os.close(master)
        os.close(slave)
        os.close(name)


def test_whoever_may_not_look_knows_that_there_may_be_more() -> None:
    """An unprivileged account sees its own programs alone."""
    with EscposPrinter() as printer, held(printer.pty_path):
        device = character_device(printer.pty_path)
        assert device is not None
        seen = as_nobody(lambda: lines(look(device)))

    assert seen == ["unknown not every process could be looked into"]


def as_nobody(work: Callable[[], list[str]]) -> list[str]:
    end, start = os.pipe()
    if not (child := os.fork()):
        if os.geteuid() == 0:
            os.setgroups([])
            os.setresuid(65534, 65534, 65534)
        os.write(start, "\n".join(work()).encode())
        os._exit(0)
    os.close(start)
    os.waitpid(child, 0)
    with os.fdopen(end, encoding="utf-8") as pipe:
        return pipe.read().splitlines()


def test_what_ends_while_we_look_holds_nothing(tmp_path: Path) -> None:
    """A process that is gone, one whose descriptor is closed by now, and one that lives."""
    for process in ("1", "812", "813"):
        (tmp_path / process).mkdir()
    for process in ("1", "813"):
        (tmp_path / process / "fd").mkdir()
        (tmp_path / process / "task").mkdir()
    (tmp_path / "813/fd/3").symlink_to("/dev/no-such-port")

    assert look(os.makedev(4, 64), str(tmp_path)) == Look((), is_complete=True)


def test_hidden_processes_are_not_taken_for_none(tmp_path: Path) -> None:
    """hidepid=2 shows an unprivileged account a /proc without process 1."""
    (tmp_path / "812/fd").mkdir(parents=True)
    (tmp_path / "812/task").mkdir()

    assert not look(os.makedev(4, 64), str(tmp_path)).is_complete


def test_a_plain_file_is_no_device(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert character_device(str(tmp_path / "file")) is None


def test_a_device_that_is_not_there_cannot_be_looked_at() -> None:
    with pytest.raises(FileNotFoundError):
        character_device("/dev/no-such-port")


@pytest.mark.parametrize(
    "seen", [Look((), is_complete=True), Look((Holder(812, "pos app"), Holder(9, "收银")), is_complete=False)]
)
def test_what_was_seen_is_told_and_understood(seen: Look) -> None:
    assert told(lines(seen)) == seen.holders


@pytest.mark.parametrize(
    "answer",
    [
        [],
        ["what"],
        ["unknown why"],
        ["held 812 pos"],
        ["held x pos", "end"],
        ["held 812", "end"],
        ["", "end"],
    ],
    ids=str,
)
def test_an_answer_that_is_none_is_not_taken_for_nobody(answer: list[str]) -> None:
    with pytest.raises(NotTold):
        told(answer)
