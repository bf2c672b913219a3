"""What the daemon says of itself."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import psutil
import pytest
from msgspec.structs import replace

from agent.own_processes import cpu_seconds, family, pss_bytes
from console.control_client import ask
from tests.agent.test_exposition import STATE
from tests.counter import daemon, poshealth, wait_for, write_settings
from vocabulary.reading import Status


@pytest.mark.parametrize(("mebibytes", "status"), [(70, Status.OK), (71, Status.FAILING)])
def test_more_memory_than_promised_is_a_condition(mebibytes: int, status: Status) -> None:
    """Its size and the limit are facts."""
    reading = replace(STATE, memory_bytes=mebibytes << 20).memory

    assert (reading.code, reading.status) == ("agent.memory-high", status)
    assert reading.facts == {"mebibytes": mebibytes, "most_mebibytes": 70}


@pytest.mark.parametrize(("deaths", "status"), [(2, Status.OK), (3, Status.FAILING)])
def test_a_watcher_that_keeps_dying_is_a_condition(deaths: int, status: Status) -> None:
    """Not one that died once or twice."""
    reading = replace(STATE, watcher_deaths=deaths).watching

    assert (reading.code, reading.status) == ("agent.events-unnoticed", status)
    assert reading.facts == {"times": deaths}


def test_the_kernel_says_as_much_as_psutil() -> None:
    """Memory and CPU of this very process."""
    us = psutil.Process()

    assert pss_bytes(us.pid) == pytest.approx(us.memory_full_info().pss, rel=0.05)
    assert cpu_seconds(us.pid) == pytest.approx(sum(us.cpu_times()[:4]), abs=0.5)
    assert os.getpid() in family(os.getpid())
    assert pss_bytes(2**22) == 0


@pytest.mark.slow  # a real daemon
def test_status_tells_of_the_daemon_itself(tmp_path: Path) -> None:
    """Its size and processes, a watcher that died, rejected settings: for people and for scripts."""
    settings = write_settings(tmp_path, "", "")
    control = str(tmp_path / "control.sock")
    with daemon(settings) as process:
        wait_for(lambda: ask(control, {"do": "status"}, 5)["watching"])
        for child in psutil.Process(process.pid).children():
            child.kill()
        settings.write_text(settings.read_text() + "\n[slip]\ncolums = 32\n")
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: ask(control, {"do": "status"}, 5)["self"]["settings_rejected"])
        wait_for(lambda: ask(control, {"do": "status"}, 5)["self"]["watcher_restarts"])
        own = json.loads(poshealth("status", "--json", "--socket", control).stdout)["self"]
        said = poshealth("status", "--socket", control).stdout

    assert own["processes"] >= 2
    assert 5_000_000 < own["memory_bytes"] < 100_000_000
    assert f"poshealth {own['version']}: " in said
    assert "the watcher was started again 1 times" in said
    assert "the changed settings were not taken" in said
