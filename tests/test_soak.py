"""The soak in short: a daemon in which nothing grows, and one with a leak on purpose."""

from __future__ import annotations

import sys

import pytest

from benchmarks.soak import MOST_BYTES, Sample, growth, outcome_of, soak

pytestmark = pytest.mark.slow  # a real daemon, everything it asks, and head office

SCALE = 60.0  # a minute of a till in a second
LEAKING = (sys.executable, "-m", "tests.leaking_daemon")


def test_nothing_grows() -> None:
    """Open files, reports waiting, the outbox on disk; of memory less than what caches take at first."""
    found = soak(22.0, SCALE)

    assert found.rounds > 20
    assert [what for what in found.complaints if what != "memory"] == []
    assert found.growth_bytes < 3 * MOST_BYTES


def test_a_leak_is_found() -> None:
    """64 kB and a descriptor with every run of a probe."""
    found = soak(18.0, SCALE, LEAKING)

    assert {"memory", "descriptors"} <= {*found.complaints}
    assert found.growth_bytes > 3 * MOST_BYTES


@pytest.mark.parametrize(("step", "grew"), [(0, 0.0), (10, 990.0), (-1, -99.0)])
def test_growth_is_what_a_line_through_all_samples_gains(step: int, grew: float) -> None:
    """However they scatter."""
    assert growth([(second, 5000.0 + step * second) for second in range(100)]) == pytest.approx(grew)


def test_an_outbox_that_is_not_emptied_is_found() -> None:
    """One report more every minute."""
    samples = [Sample(float(n), 30 << 20, 27, n // 60, 1 << 20) for n in range(600)]

    assert outcome_of(samples, 10).complaints == ["reports waiting"]
