"""One row for each fault of the lab, as docs/faults.md shows it."""

from __future__ import annotations

from collections import Counter
from typing import Final

from tests.lab.making import Fault
from tests.lab.store import Round
from vocabulary.reading import Reason, Status

HEAD: Final = "| fault | verdict | owner | not tested, and why | seconds |\n| --- | --- | --- | --- | --- |"


def row(fault: Fault, seen: Round) -> str:
    """Without its last cell, the seconds, this is the same in every run."""
    causes = ", ".join(f"`{cause.code}`" for cause in seen.diagnosis.causes) or "healthy"
    owners = ", ".join(str(cause.owner) for cause in seen.diagnosis.causes) or "-"
    return f"| {fault.story} | {causes} | {owners} | {_untested(seen)} | {seen.seconds:.1f} |"


def without_seconds(line: str) -> str:
    return line.rpartition(" | ")[0]


def _untested(seen: Round) -> str:
    """Counted by reason; what is not set up, or not there, is the same in every row and left out."""
    left_out = {Reason.NOT_SET_UP, Reason.NOT_SUPPORTED}
    causes = seen.diagnosis.causes
    follows = {cause.code for cause in causes} | {code for cause in causes for code, _ in cause.consequences}
    counted = Counter(
        "because of it" if each.because in follows else f"{each.reason}: {each.because}"
        for each in seen.readings
        if each.status is Status.UNKNOWN and each.reason not in left_out
    )
    ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    return "; ".join(f"{number} {why}" for why, number in ordered) or "-"
