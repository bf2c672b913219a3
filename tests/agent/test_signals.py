"""A signal is a flag and a reason to wake up, nothing more."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator

import pytest

from agent.signals import Signals


@pytest.fixture
def signals() -> Iterator[Signals]:
    """As the daemon has them; the test's own are back afterwards."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    found = Signals()
    yield found
    found.close()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("number", "stop", "reload"), [(signal.SIGTERM, True, False), (signal.SIGHUP, False, True)]
)
def test_a_signal_wakes_the_loop(signals: Signals, number: int, *, stop: bool, reload: bool) -> None:
    """Also one that comes while the loop is about to sleep."""
    os.kill(os.getpid(), number)

    assert select.select([signals], [], [], 5.0)[0]
    assert (signals.stop, signals.reload) == (stop, reload)
    signals.drain()
    assert not select.select([signals], [], [], 0.0)[0]
