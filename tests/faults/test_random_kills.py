"""Any process of the agent is killed at any time; `make kills` does a thousand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.random_kills import run

pytestmark = pytest.mark.slow  # a real head office, a real daemon, fifty times


def test_fifty_random_kills(till_folder: Path) -> None:
    """Head office has every number once, from one spool, with no gap and no conflict."""
    fell_into = run(50, till_folder)

    assert fell_into["supervisor"] >= 1
    assert fell_into["transaction"] >= 1
    assert fell_into["open request"] >= 1
    assert fell_into["child"] >= 1
    assert fell_into["heartbeats"] > 20
