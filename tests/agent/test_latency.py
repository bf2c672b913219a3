"""How fast a line answers is taken from its own reading."""

from __future__ import annotations

import pytest

from agent.latency import latency_of
from vocabulary.reading import Fact, Reading, Status
from vocabulary.report import Clock, Diagnosis, Identity, Known, Report


@pytest.mark.parametrize(
    ("facts", "line", "found"),
    [
        ({"latency_ms": 12.0, "rating": "good"}, "card", ("12", "good")),
        ({"latency_ms": 480.5, "rating": "fair"}, "card", ("480.5", "fair")),
        ({"latency_ms": 12.0, "rating": "good"}, "qr", None),
        ({"latency_ms": 12.0}, "card", None),
        ({}, "card", None),
    ],
)
def test_only_what_was_measured_of_this_line(
    facts: dict[str, Fact], line: str, found: tuple[str, str] | None
) -> None:
    """Milliseconds without needless digits."""
    reading = Reading(code="payment-line.slow", subject="card", status=Status.OK, facts=facts)
    report = Report(
        identity=Identity(terminal="t"),
        boot_id="b",
        spool_id="s",
        sequence=1,
        clock=Clock(wall=0.0, boottime=0.0),
        code="",
        diagnosis=Diagnosis(),
        readings=(Known(reading=reading, since=0.0),),
    )

    assert latency_of(report, line) == found
