"""The kernel pipe between POS and printer."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator
from contextlib import suppress

import pytest

from broker.keeper import Keeper
from broker.passage import Passage


@pytest.fixture
def pty() -> Iterator[tuple[int, int]]:
    master, other_end = os.openpty()
    tty.setraw(other_end)
    os.set_blocking(master, False)
    yield master, other_end
    os.close(master)
    os.close(other_end)


@pytest.mark.parametrize("can_splice", [True, False])
def test_bytes_stay_in_the_pipe_until_the_port_has_them(pty: tuple[int, int], *, can_splice: bool) -> None:
    """Also where the port cannot be spliced to, as usblp: then they are written first and taken out after."""
    passage = Passage(Keeper({}))
    passage._can_splice_out = can_splice
    out, into = os.pipe2(os.O_NONBLOCK)
    os.write(pty[1], b"x" * 700)

    assert passage.take(pty[0]) == b"x" * 512
    assert passage.waiting == 512
    assert passage.take(pty[0]) == b""
    assert passage.give(into) == 512
    assert (passage.waiting, os.read(out, 999)) == (0, b"x" * 512)
    os.close(out)
    os.close(into)


@pytest.mark.parametrize("can_splice", [True, False])
def test_what_a_full_port_does_not_take_stays(pty: tuple[int, int], *, can_splice: bool) -> None:
    passage = Passage(Keeper({}))
    passage._can_splice_out = can_splice
    out, into = os.pipe2(os.O_NONBLOCK)
    with suppress(BlockingIOError):
        while True:
            os.write(into, b"-" * 4096)
    os.write(pty[1], b"kept")
    passage.take(pty[0])

    with pytest.raises(BlockingIOError):
        passage.give(into)
    assert passage.waiting == 4
    os.close(out)
    os.close(into)


def test_a_port_without_splice_is_found_out(pty: tuple[int, int]) -> None:
    """A file opened for appending is one (EINVAL), as usblp is."""
    passage = Passage(Keeper({}))
    sink = os.memfd_create("port")
    os.set_blocking(sink, True)
    append = os.open(f"/proc/self/fd/{sink}", os.O_WRONLY | os.O_APPEND)
    os.write(pty[1], b"printed once")
    passage.take(pty[0])

    passage.give(append)

    assert os.pread(sink, 99, 0) == b"printed once"
    assert passage.waiting == 0
    os.close(append)
    os.close(sink)
