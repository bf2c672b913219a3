"""What a few measured figures come to."""

from __future__ import annotations

import statistics

import pytest

from probes.payment_lines.figures import deviation, median


@pytest.mark.parametrize("values", [[7.5], [9.0, 1.0], [3.0, 1.0, 2.0], [4.0, 1.0, 3.0, 40.0]])
def test_they_are_those_of_the_standard_library(values: list[float]) -> None:
    """The same median, and the same standard deviation of the population."""
    assert median(values) == statistics.median(values)
    assert deviation(values) == pytest.approx(statistics.pstdev(values))
