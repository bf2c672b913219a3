"""Whose a reset is, by the loopback's counter of packets; a box on the cable is a row of the lab."""

from __future__ import annotations

from pathlib import Path

from probes.path.own_reset import comes_from_here
from probes.till import Till
from protocols.tcp_sweep import Target

CLOSED = Target("127.0.0.1", 1)


def test_what_this_machine_resets_passes_its_loopback() -> None:
    """As many packets as were tried."""
    assert comes_from_here(CLOSED, Till())


def test_a_counter_that_stands_still_is_proof(tmp_path: Path) -> None:
    """Nothing came back from here."""
    statistics = tmp_path / "sys/class/net/lo/statistics"
    statistics.mkdir(parents=True)
    (statistics / "rx_packets").write_text("7\n")

    assert not comes_from_here(CLOSED, Till(tmp_path))


def test_without_the_counter_it_stays_ours(tmp_path: Path) -> None:
    """Nothing is proven."""
    assert comes_from_here(CLOSED, Till(tmp_path))
