"""Samples for Prometheus, read by node_exporter's own textfile collector."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from agent import exposition
from agent.exposition import of_daemon
from agent.own_state import OwnState
from tests.counter import daemon, wait_for, write_settings

NODE = "prometheus-node-exporter"
STATE = OwnState(
    version='1"2',
    up_seconds=60.5,
    processes=3,
    memory_bytes=34_000_000,
    cpu_seconds=1.25,
    rounds=7,
    rounds_missed=2,
    ended_early={"power": 3},
    watcher_restarts=1,
    courier_restarts=0,
    waiting_reports=4,
    waiting_seconds=30.0,
    given_up_reports=5,
    failed_deliveries=2,
    clock_synchronised=None,
    settings_rejected=False,
)


@contextlib.contextmanager
def node_exporter(folder: Path) -> Iterator[str]:
    """The address of its metrics; it reads `folder` alone."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    wanted = ("--collector.disable-defaults", "--collector.textfile", f"--web.listen-address={address}")
    process = subprocess.Popen(
        [NODE, *wanted, f"--collector.textfile.directory={folder}"], stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://{address}/metrics"
        wait_for(lambda: scraped(url))
        yield url
    finally:
        process.terminate()
        process.wait(10)


def scraped(url: str) -> list[str]:
    """The lines of its answer; none while it does not listen yet."""
    with contextlib.suppress(requests.ConnectionError):
        return requests.get(url, timeout=5).text.splitlines()
    return []


@pytest.mark.slow  # a real daemon and a real node_exporter
def test_node_exporter_reads_what_the_daemon_writes(tmp_path: Path) -> None:
    """Without an error, the readings and the daemon's own state among its metrics."""
    (tmp_path / "prom").mkdir()
    settings = write_settings(tmp_path, "", "")
    settings.write_text(
        settings.read_text().replace("[daemon]", f'[daemon]\ntextfile = "{tmp_path}/prom/poshealth.prom"')
    )
    with daemon(settings), node_exporter(tmp_path / "prom") as url:
        wait_for(lambda: any(line.startswith("poshealth_reading_ok{") for line in scraped(url)))
        lines = scraped(url)

    assert "node_textfile_scrape_error 0" in lines
    values = {line.split()[0]: float(line.split()[-1]) for line in lines if line.startswith("poshealth_")}
    assert values["poshealth_memory_pss_bytes"] > 1_000_000
    assert values["poshealth_rounds_total"] >= 1
    assert "# TYPE poshealth_cpu_seconds_total counter" in lines


def test_every_sample_of_the_daemon_is_understood(tmp_path: Path) -> None:
    """Labels with quotes, counters, and a check that did not finish."""
    assert exposition.write(tmp_path / "poshealth.prom", of_daemon(STATE, 1_700_000_000.0)) == ""
    with node_exporter(tmp_path) as url:
        lines = scraped(url)

    assert "node_textfile_scrape_error 0" in lines
    assert 'poshealth_checks_ended_early_total{check="power"} 3' in lines
    assert r'poshealth_build_info{version="1\"2"} 1' in lines
    assert not [line for line in lines if line.startswith("poshealth_clock_synchronised")]


def test_a_folder_that_refuses_is_said() -> None:
    """And nothing half written stays behind."""
    assert exposition.write(Path("/proc/poshealth.prom"), ["x 1"]) == (
        "No such file or directory: /proc/poshealth.prom"
    )


def test_names_keep_to_the_conventions() -> None:
    """Base units, `_total` for counters alone, a help and a type each (Prometheus: metric naming)."""
    lines = list(of_daemon(STATE, 1_700_000_000.0))
    types = dict(line.split()[2:4] for line in lines if line.startswith("# TYPE"))

    assert all(name.startswith("poshealth_") for name in types)
    assert {name.endswith("_total") for name, kind in types.items() if kind == "counter"} == {True}
    assert {name.endswith("_total") for name, kind in types.items() if kind == "gauge"} == {False}
    assert sum(line.startswith("# HELP") for line in lines) == len(types)
