"""The kernel's word on time lost waiting."""

from __future__ import annotations

import pytest

from protocols.pressure import Window, lost_percent

TEXT = """some avg10=6.50 avg60=5.26 avg300=2.76 total=16857025
full avg10=1.00 avg60=0.25 avg300=0.00 total=11567095
"""


@pytest.mark.parametrize(
    ("text", "window", "percent"),
    [
        (TEXT, "avg10", 1.0),
        (TEXT, "avg60", 0.25),
        (TEXT.partition("full")[0], "avg60", None),
        ("full avg60=NaN", "avg60", None),
        ("full avg60=250.00 total=1", "avg60", 100.0),
        ("", "avg60", None),
    ],
)
def test_a_share_of_time(text: str, window: Window, percent: float | None) -> None:
    """Of the line and the window asked for; None where the kernel does not say it."""
    assert lost_percent(text, "full", window) == percent
