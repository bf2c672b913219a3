"""One shop network for all tests of a process, without rules and servers at the start of each."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.running.probe_run import ProbeRun
from probes.network.probe import PROBE, NetworkOptions
from tests.lab.network_look import UP_FRONT
from tests.lab.shop_network import ShopNetwork

RunProbe = Callable[..., ProbeRun]
_NICENESS = -15
NO_NAMES = NetworkOptions(resolvers=(UP_FRONT,), gateway_timeout_seconds=1.8)


@pytest.fixture(scope="session", autouse=True)
def _ahead_of_others() -> None:
    """What the lab's looks see in a second is not to depend on what else this machine does."""
    with contextlib.suppress(OSError):  # sched(7): CAP_SYS_NICE, which a container may not have
        os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
        Path("/proc/self/autogroup").write_text(f"{_NICENESS}")  # sessions are weighed before processes


@pytest.fixture(scope="session")
def standing_shop() -> Iterator[ShopNetwork]:
    with ShopNetwork() as shop:
        yield shop


@pytest.fixture
def shop(standing_shop: ShopNetwork) -> Iterator[ShopNetwork]:
    yield standing_shop
    standing_shop.flush_rules()
    standing_shop.stop_servers()


@pytest.fixture
def look(shop: ShopNetwork, run_probe: RunProbe) -> Callable[..., ProbeRun]:
    """The network probe in the terminal, as an unprivileged child."""

    def look(options: NetworkOptions = NO_NAMES, memory: dict[str, object] | None = None) -> ProbeRun:
        run = shop.run("terminal", lambda: run_probe(PROBE, options, memory=memory))
        assert run.complete, run.error
        return run

    return look
