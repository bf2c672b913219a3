"""How fast each line answers, out of its readings' facts; no condition by name."""

from __future__ import annotations

from vocabulary.report import Report


def latency_of(report: Report, line: str) -> tuple[str, str] | None:
    """Milliseconds and a rating in English ("good", "fair", "slow"); None where nothing was measured."""
    for known in report.readings:
        facts = known.reading.facts
        if known.reading.subject == line and "latency_ms" in facts and "rating" in facts:
            return f"{float(facts['latency_ms']):g}", str(facts["rating"])
    return None
