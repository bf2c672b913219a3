"""What is different after work at the till. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from vocabulary.reading import Reading, Status
from vocabulary.report import Cause, Report
from vocabulary.work import Named, Renewed, Verdict

TELLING: Final = (
    *("version", "installed", "serial", "firmware", "model", "maker", "release"),
    *("binding", "fingerprint", "issuer"),
)
"""Parts of fact names that tell one machine, program, certificate or account from another."""

MOST: Final = 20  # of each kind: a report stays a report


class Outcome(Struct, frozen=True, kw_only=True):
    """As the fields of a Work."""

    verdict: Verdict
    gone: tuple[Named, ...]
    new: tuple[Named, ...]
    renewed: tuple[Renewed, ...]
    unseen: tuple[str, ...]


def outcome(before: Report, after: Report) -> Outcome:
    """What was planned is no fault: a card that is new waits for its first posting."""
    was, still = _faults(before), _faults(after)
    gone = _named(cause for fault, cause in was.items() if fault not in still)
    new = _named(cause for fault, cause in still.items() if fault not in was)
    return Outcome(
        verdict=_verdict(bool(gone), bool(new)),
        gone=gone,
        new=new,
        renewed=tuple(_renewed(before, after))[:MOST],
        unseen=tuple(_unseen(before, after))[:MOST],
    )


def _verdict(better: bool, worse: bool) -> Verdict:
    if better and worse:
        return Verdict.MIXED
    return Verdict.BETTER if better else Verdict.WORSE if worse else Verdict.SAME


def _faults(report: Report) -> dict[tuple[str, str], Cause]:
    """By each subject: a fault that spreads to another one is a new one."""
    return {(cause.code, subject): cause for cause in report.diagnosis.faults for subject in cause.subjects}


def _named(causes: Iterable[Cause]) -> tuple[Named, ...]:
    """Each condition once, on however many subjects."""
    by_code = {cause.code: cause for cause in causes}
    return tuple(
        Named(cause.code, {language: words.title for language, words in cause.words.items()})
        for cause in by_code.values()
    )[:MOST]


def _readings(report: Report) -> dict[tuple[str, str], Reading]:
    return {known.reading.identity: known.reading for known in report.readings}


def _renewed(before: Report, after: Report) -> Iterator[Renewed]:
    earlier = _readings(before)
    for identity, reading in _readings(after).items():
        facts = earlier[identity].facts if identity in earlier else {}
        for name, value in reading.facts.items():
            is_telling = any(part in name for part in TELLING)
            if is_telling and name in facts and facts[name] != value:
                yield Renewed(*identity, name, facts[name], value)


def _unseen(before: Report, after: Report) -> Iterator[str]:
    """What was well before and cannot be told now is no good news."""
    readings = [known.reading for known in after.readings]
    still = {reading.identity for reading in readings if reading.status is not Status.UNKNOWN}
    for identity, reading in _readings(before).items():
        if reading.status is Status.OK and identity not in still:
            yield " ".join(part for part in identity if part)
