"""A power cut at any time; `make power-cuts` does twenty."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.power_cuts import cut

pytestmark = pytest.mark.slow  # a file system of its own


@pytest.mark.parametrize("seconds", [0.2, 1.3])
def test_power_cut_at_any_time(tmp_path: Path, seconds: float) -> None:
    """What was acknowledged is there after the next start, each once."""
    said, _ = cut(tmp_path, seconds)

    assert len(said.on_disk) > 10
    assert not said.in_memory
