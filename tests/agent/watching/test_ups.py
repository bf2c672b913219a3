"""A UPS host that hangs, babbles or refuses costs its own source, and nothing else."""

from __future__ import annotations

import socket
import time

import pytest

from agent.watching.post import Post
from agent.watching.ups import ASK_SECONDS, UpsSource
from probes.till import Till
from protocols.nut import UpsAddress


def post(port: int) -> Post:
    return Post(UpsSource(UpsAddress("ups", "127.0.0.1", port), Till()))


def test_a_change_of_words_is_news() -> None:
    """The first answer is none, the same again is none, another is."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        watched = post(server.getsockname()[1])
        watched.step(0.0, is_readable=False)
        upsd, _ = server.accept()
        said = [answer(watched, upsd, now, word) for now, word in ((1, "OL"), (2, "OL"), (3, "OB"))]
        upsd.close()
        watched.source.close()
    assert said == [set(), set(), {"power"}]


def answer(watched: Post, upsd: socket.socket, now: int, word: str) -> set[str]:
    """upsd is asked at `now` and answers; what the answer leads to."""
    watched.step(now * ASK_SECONDS, is_readable=False)
    assert upsd.recv(100) == b"GET VAR ups ups.status\n"
    upsd.sendall(f'VAR ups ups.status "{word}"\n'.encode())
    time.sleep(0.01)
    return watched.step(now * ASK_SECONDS + 0.1, is_readable=True)


def test_one_that_was_heard_and_goes_is_news_once() -> None:
    """Its return is, too; a host that refuses again and again is not."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        watched = post(server.getsockname()[1])
        watched.step(0.0, is_readable=False)
        upsd, _ = server.accept()
        answer(watched, upsd, 1, "OL")
        upsd.close()
    assert watched.step(2.0, is_readable=True) == {"power"}
    assert [watched.step(now, is_readable=True) for now in (4.0, 8.0, 16.0, 32.0, 64.0)] == [set()] * 5
    watched.source.close()


@pytest.mark.parametrize("babble", [b"x" * 5000, b""], ids=["no end of line", "closes"])
def test_a_babbler_is_left_alone_for_longer_and_longer(babble: bytes) -> None:
    """It was never well, so nothing is run for it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        watched = post(server.getsockname()[1])
        watched.step(0.0, is_readable=False)
        upsd, _ = server.accept()
        upsd.sendall(babble)
        upsd.close()
        time.sleep(0.01)
        found = [watched.step(1.0 + each / 10, is_readable=True) for each in range(3)]
        assert found == [set()] * 3
        assert watched.fileno() == -1
        assert watched.due() > 1.5
