"""How worn the receipt printer is, by its own counters and the limits its maker gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from probes.receipt_printer.conditions import WEAR
from vocabulary.reading import Fact, Reading, Reason

ONCE_SECONDS: Final = 86_400.0

_WHAT: Final = {
    "lines_fed": "lines fed",
    "head_energisings": "energisings of the print head",
    "cuts": "cuts",
    "hours_on": "hours switched on",
}


def is_due(now: float, counted_at: float | None) -> bool:
    """Once a day by the wall clock; a clock that was set back does not put it off for ever."""
    return counted_at is None or not 0.0 <= now - counted_at < ONCE_SECONDS


def wear(
    subject: str, counters: Mapping[str, int], limits: Mapping[str, int], facts: Mapping[str, Fact]
) -> Reading:
    """`limits` of 0 are none. The counter that is furthest beyond its limit is the one told."""
    watched = {name: limit for name, limit in limits.items() if limit}
    told = [name for name in watched if name in counters]
    if not watched:
        return WEAR.unknown(Reason.NOT_SET_UP, subject)
    if not told:
        return WEAR.unknown(Reason.NOT_SUPPORTED, subject, because="this printer does not tell its counters")
    worst = max(told, key=lambda name: counters[name] / watched[name])
    return WEAR.failing_if(
        counters[worst] >= watched[worst],
        subject,
        port=facts["port"],
        setting=facts["setting"],
        what=_WHAT[worst],
        counted=counters[worst],
        limit=watched[worst],
    )
