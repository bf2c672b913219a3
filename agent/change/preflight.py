"""Whether this is a good moment for work at the till. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from probes.device.disk_conditions import BACKUPS
from probes.settlement.conditions import BOOKS, OVERDUE, STUCK
from probes.settlement.posting_conditions import AWAITED, NONE_SINCE_CHANGE
from vocabulary import texts
from vocabulary.reading import Fact, Reading, Reason, Status
from vocabulary.report import Report


class Say(StrEnum):
    """English templates, which are the keys of their translations."""

    SETTLE_FIRST = "Settle first: {sales} sales of batch {batch} are not settled."
    SETTLING = "A settlement is under way: wait for its slip."
    NOT_KNOWN = "Not known whether all is settled: {because}."
    NOT_POSTED = "Nothing was posted since the last change: no further one before that is clear."
    BACKUP = "Back up first: {title}."
    IN_USE = "The POS is printing, or in a sale: wait {seconds} s."


class Finding(Struct, frozen=True):
    """One reason to wait."""

    say: Say
    facts: dict[str, Fact] = {}

    def words(self, language: str) -> str:
        return texts.fill(self.say, language, self.facts)


def preflight(report: Report, held_seconds: float = 0.0) -> tuple[Finding, ...]:
    """`held_seconds`: how long the POS keeps us off the printer yet. What is not set up is no finding."""
    readings = sorted((known.reading for known in report.readings), key=_fails)
    by_code = {reading.code: reading for reading in readings}  # of several subjects one that fails
    return tuple(_findings(by_code, held_seconds))


def _findings(readings: dict[str, Reading], held_seconds: float) -> Iterator[Finding]:
    if held_seconds > 0:
        yield Finding(Say.IN_USE, {"seconds": math.ceil(held_seconds)})
    if _fails(readings.get(STUCK.code)):
        yield Finding(Say.SETTLING)
    yield from _unsettled(readings)
    if any(_fails(readings.get(each.code)) for each in (NONE_SINCE_CHANGE, AWAITED)):
        yield Finding(Say.NOT_POSTED)
    failing = [each for each in BACKUPS if _fails(readings.get(each.code))]
    yield from (Finding(Say.BACKUP, {"title": each.title}) for each in failing)


def _unsettled(readings: dict[str, Reading]) -> Iterator[Finding]:
    """The count stands in the reading whether the deadline has passed or not."""
    settling = readings.get(OVERDUE.code)
    if settling is None:
        return
    if sales := settling.facts.get("sales"):
        yield Finding(Say.SETTLE_FIRST, {"sales": sales, "batch": settling.facts.get("batch", "-")})
    elif settling.status is Status.UNKNOWN and settling.reason is not Reason.NOT_SET_UP:
        fault = next((each.code for each in BOOKS if _fails(readings.get(each.code))), "")
        yield Finding(Say.NOT_KNOWN, {"because": fault or settling.because or str(settling.reason)})


def _fails(reading: Reading | None) -> bool:
    return reading is not None and reading.status is Status.FAILING
