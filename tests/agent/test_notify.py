"""sd_notify over a real datagram socket."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from agent.notify import notify, watchdog_seconds


def test_without_a_service_manager_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """`poshealth run` in a terminal."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)

    notify("READY=1")


@pytest.mark.parametrize("abstract", [False, True])
def test_the_lines_arrive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool) -> None:
    """As one datagram, also at an abstract address."""
    address = f"@poshealth-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address.replace("@", "\0", 1))
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notify("READY=1", "STATUS=well")

        assert manager.recv(4096) == b"READY=1\nSTATUS=well"


def test_an_unusable_socket_is_no_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A watchdog that is not fed must not look like one that is."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "none"))

    with pytest.raises(OSError, match="No such file"):
        notify("WATCHDOG=1")


@pytest.mark.parametrize(
    ("usec", "pid", "seconds"),
    [("30000000", None, 15.0), ("30000000", "1", None), ("", None, None), ("soon", None, None)],
)
def test_the_watchdog_is_fed_twice_as_often(
    monkeypatch: pytest.MonkeyPatch, usec: str, pid: str | None, seconds: float | None
) -> None:
    """And only by the process it is meant for."""
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", pid or str(os.getpid()))

    assert watchdog_seconds() == seconds
