"""What a few measured figures come to: `statistics` would bring 0.3 MB of fractions and random along."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt


def median(values: Sequence[float]) -> float:
    """Of one value at least."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def deviation(values: Sequence[float]) -> float:
    """The standard deviation of these very values, of which there is one at least."""
    mean = fsum(values) / len(values)
    return sqrt(fsum((value - mean) ** 2 for value in values) / len(values))
