"""Who cannot take payment, who is silent, and in which order a person wants to know."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from headoffice.away import Away, away
from headoffice.clock import is_time
from headoffice.lookup import Entry
from headoffice.read_aloud import spelled
from vocabulary.condition import PAYMENTS, Capability, Severity
from vocabulary.report import Cause, Drill

EVERY_SECONDS: Final = 60.0  # where a terminal does not say how often it means to be heard
SILENT_AFTER_INTERVALS: Final = 3
CLOCK_TOLERANCE_SECONDS: Final = 120.0  # below this a parcel's own way explains the difference
CONFLICT_SHOWN_SECONDS: Final = 86400.0
DRILL_PATIENCE_SECONDS: Final = CLOCK_TOLERANCE_SECONDS  # its end is told at once, and needs its way here


class Standing(StrEnum):
    """In the order of the list: worst first."""

    PAYMENTS = "payments-affected"
    SILENT = "silent"
    PARTLY = "partly-working"
    ATTENTION = "needs-attention"
    UNKNOWN = "cannot-tell"
    AWAY = "away"
    READY = "ready"


class Row(Struct, frozen=True, kw_only=True):
    """One terminal. Times are seconds since 1970 by head office's clock; `since` is the headline's.

    `silent_since` is the last contact of a terminal that is not heard, None for one that is; `away` is what
    it said of that. `unproven` is what is neither lost nor just shown to work. `clock_ahead` in seconds, 0
    within the tolerance. `drill` is the one that is on: nothing of it counts, and its times are put right.
    """

    terminal: str
    store: str
    till: str
    standing: Standing
    last_contact: float
    silent_since: float | None
    away: Away
    since: float | None
    lost: tuple[Capability, ...]
    works: tuple[Capability, ...]
    unproven: tuple[Capability, ...]
    causes: tuple[Cause, ...]
    reminders: tuple[Cause, ...]
    code: str
    version: str
    checks: int
    healthy: int
    clock_ahead: float
    doubtful_identity: bool
    drill: Drill | None


_ORDER: Final = {standing: rank for rank, standing in enumerate(Standing)}


def survey(entries: list[Entry], now: float, listening_seconds: float) -> list[Row]:
    """`listening_seconds`: how long head office itself has been able to hear."""
    return sorted((row_of(entry, now, listening_seconds) for entry in entries), key=_worst_first)


def row_of(entry: Entry, now: float, listening_seconds: float) -> Row:
    glance = entry.glance
    silent = _is_silent(entry, now, listening_seconds)
    absent = away(entry, now, _patience(entry)) if silent else Away()
    ahead = entry.clock_ahead if abs(entry.clock_ahead) > CLOCK_TOLERANCE_SECONDS else 0.0
    diagnosis = glance.diagnosis if glance else None
    lost, works = (diagnosis.lost, diagnosis.works) if diagnosis else ((), ())
    causes = diagnosis.faults if diagnosis else ()
    return Row(
        terminal=entry.terminal,
        store=glance.identity.store if glance else "",
        till=glance.identity.till if glance else "",
        standing=Standing.AWAY if absent.expected else _standing(silent, lost, works, causes),
        last_contact=entry.last_contact,
        silent_since=entry.last_contact if silent else None,
        away=absent,
        since=causes[0].since - ahead if causes else None,
        lost=lost,
        works=works,
        unproven=unproven(lost, works),
        causes=causes,
        reminders=diagnosis.reminders if diagnosis else (),
        code=glance.code if glance else "",
        version=glance.identity.version if glance else "",
        checks=diagnosis.checks if diagnosis else 0,
        healthy=diagnosis.healthy if diagnosis else 0,
        clock_ahead=ahead,
        doubtful_identity=entry.conflict_at is not None and now - entry.conflict_at < CONFLICT_SHOWN_SECONDS,
        drill=_drill(entry, now, ahead),
    )


def _drill(entry: Entry, now: float, ahead: float) -> Drill | None:
    """A terminal that has fallen silent ends it as well: by itself, as always."""
    drill = entry.glance.drill if entry.glance else None
    if (
        drill is None
        or drill.ended
        or not is_time(drill.until)
        or now >= drill.until - ahead + DRILL_PATIENCE_SECONDS
    ):
        return None
    return replace(drill, began=drill.began - ahead, until=drill.until - ahead)


def unproven(lost: tuple[Capability, ...], works: tuple[Capability, ...]) -> tuple[Capability, ...]:
    return tuple(each for each in Capability if each not in lost and each not in works)


def counts(rows: list[Row]) -> dict[Standing, int]:
    """Every standing, also the ones with nobody in it."""
    counted = Counter(row.standing for row in rows)
    return {standing: counted[standing] for standing in Standing}


def matching(rows: list[Row], query: str) -> list[Row]:
    """By terminal, store, till, or read-aloud code as people type it."""
    wanted = query.casefold().strip()
    code = spelled(query)
    return [
        row
        for row in rows
        if any(wanted in text.casefold() for text in (row.terminal, row.store, row.till))
        or (code and spelled(row.code) == code)
    ]


def _is_silent(entry: Entry, now: float, listening_seconds: float) -> bool:
    quiet_seconds = min(now - entry.last_contact, listening_seconds)
    return quiet_seconds > _patience(entry)


def _patience(entry: Entry) -> float:
    return SILENT_AFTER_INTERVALS * (entry.every_seconds or EVERY_SECONDS)


def _standing(
    silent: bool, lost: tuple[Capability, ...], works: tuple[Capability, ...], causes: tuple[Cause, ...]
) -> Standing:
    if silent:
        return Standing.SILENT
    if PAYMENTS.intersection(lost):
        return Standing.PAYMENTS
    if lost:
        return Standing.PARTLY
    if causes:
        return Standing.ATTENTION
    return Standing.READY if PAYMENTS.intersection(works) else Standing.UNKNOWN


def _worst_first(row: Row) -> tuple[int, int, float, str, str, str]:
    severity = max((cause.severity for cause in row.causes), default=Severity.NOTICE)
    return _ORDER[row.standing], -severity, row.since or 0.0, row.store, row.till, row.terminal
