"""Fixtures for every test: a probe run the way the daemon runs it."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest

from agent.running.account import probe_account
from agent.running.probe_run import ProbeRun, collect, start_probe
from probes.base import Options, Probe
from probes.memory import Memory
from tests.port_holders import port_holders
from tests.real_mariadb import RealMariadb
from tests.real_postgresql import RealPostgresql
from tests.shop import Shop

RunProbe = Callable[..., ProbeRun]

hypothesis.settings.register_profile("long", max_examples=2500)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test is a failure")


# The longest, by `make test PYTEST=--durations=0`. Begun first: none is left alone with one at the end.
LONGEST: Final = (
    "tests/faults/test_random_kills.py",
    "tests/agent/slip/test_killed.py",
    "tests/faults/test_killed_at_every_call.py",
    "tests/agent/slip/test_desk.py",
    "tests/test_named_causes.py",
    "tests/console/test_stories.py",
    "tests/test_drill.py",
    "tests/faults/",
    "tests/test_soak.py",
    "tests/test_install.py",
    "tests/test_stories.py",
    "tests/test_quiet_hour.py",
    "tests/probes/receipt_printer/test_day_beside_pos.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((n for n, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST))

    items.sort(key=place)


def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--no-skips") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def till_folder() -> Iterator[Path]:
    """A folder that unprivileged probes may pass through; pytest's own are for root alone."""
    with tempfile.TemporaryDirectory(prefix="poshealth-test-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session")
def holders_socket() -> Iterator[str]:
    """Where unprivileged probes ask who holds a port."""
    with tempfile.TemporaryDirectory(prefix="poshealth-test-") as folder:
        Path(folder).chmod(0o711)
        with port_holders(Path(folder)) as path:
            yield path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[RealPostgresql]:
    with RealPostgresql() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[RealMariadb]:
    with RealMariadb() as server:
        yield server


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> RealPostgresql | RealMariadb:
    """Each in turn; whoever stops it starts it again."""
    found: RealPostgresql | RealMariadb = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def shop(till_folder: Path, holders_socket: str) -> Iterator[Shop]:
    """A simulated counter that is well."""
    with contextlib.ExitStack() as stack:
        yield Shop(till_folder, stack, holders_socket)


@pytest.fixture
def run_probe(till_folder: Path) -> RunProbe:
    """Run a probe in its child, as an unprivileged uid, to its end or its deadline.

    A fixture tree is copied to where that uid may look: the checkout may lie in a private folder.
    """

    def run(
        probe: Probe[Any],
        options: Options,
        root: Path = Path("/"),
        memory: dict[str, object] | None = None,
        others: dict[str, dict[str, object]] | None = None,
    ) -> ProbeRun:
        if root != Path("/") and not root.is_relative_to(till_folder):
            root = shutil.copytree(root, Path(tempfile.mkdtemp(dir=till_folder)) / "till", symlinks=True)
            root.parent.chmod(0o711)
        child = start_probe(probe, options, root, Memory(memory, others), probe_account())
        while child.ending is None and not child.expire(time.monotonic()):
            if select.select([child.fd], [], [], 0.05)[0]:
                child.read()
        result = collect(child)
        assert result.uid != 0, "a probe ran as root"
        assert os.geteuid() == 0 or result.uid in (None, os.geteuid())
        return result

    return run
