"""Asking a daemon that ends meanwhile."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.control_client import AnswerLostError, NoDaemonError, ask
from tests.counter import poshealth, write_settings


@contextlib.contextmanager
def ending_daemon(path: Path, says: bytes = b"") -> Iterator[None]:
    """It takes every request, and is gone before its answer is whole."""

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                channel, _ = listener.accept()
                with channel:
                    channel.recv(65536)
                    channel.sendall(says)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("says", [b"", b'{"ended": tr'])
def test_an_answer_that_does_not_come_is_lost(tmp_path: Path, says: bytes) -> None:
    """No other error: what became of it is not known."""
    with ending_daemon(tmp_path / "socket", says), pytest.raises(AnswerLostError):
        ask(str(tmp_path / "socket"), {"do": "end-drill"}, 5)


def test_without_a_daemon_nothing_was_asked(tmp_path: Path) -> None:
    with pytest.raises(NoDaemonError) as found:
        ask(str(tmp_path / "socket"), {"do": "status"}, 5)
    assert not isinstance(found.value, AnswerLostError)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("drill", "--end"), 1, "ended before it said what became of it"),
        (("drill", "receipt-printer.paper-out"), 1, "ended before it said what became of it"),
        (("answer", "y"), 1, "ended before it answered"),
        (("change", "end"), 75, "ended before it said what became of it"),
        (("maintenance", "add", "spare"), 1, "ended before it answered"),
    ],
)
def test_a_command_says_that_the_daemon_ended(
    till_folder: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    """And does nothing by itself that may be done already."""
    settings = write_settings(till_folder, "", "")
    with ending_daemon(till_folder / "control.sock"):
        done = poshealth(*words, "--settings", str(settings))

    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert said in done.stderr
    assert not (till_folder / "state").exists()
