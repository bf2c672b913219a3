"""When a slip prints by itself, and what becomes of one that waits. Pure: report and local time in.

1. A cause that the counter must know of is a slip once: when it comes (`print_on` "cause"). A reminder is not
   one.
2. When all causes told are gone for sure, that is a slip (`print_on` "recovery").
3. Each time of `print_at` is a slip once a day, at most an hour late.
4. One slip waits at most: a newer one takes its place. It goes unprinted when its causes are gone and no
   recovery is wanted, and when it has waited for `wait_hours`.
5. It begins within `hours`, and `least_minutes_between` after the last one that printed by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, time, timedelta
from typing import Final, Protocol

from msgspec import Struct

from vocabulary.condition import Capability, Owner, Severity
from vocabulary.reading import Reason, Status
from vocabulary.report import Cause, Known, Occasion, Report

LATE: Final = timedelta(hours=1)
"""A till switched on at twenty past eight still prints its slip of eight."""

_AT_THE_COUNTER: Final = (Owner.STAFF, Owner.POWER_COMPANY)
"""Mains off stops nothing while the UPS lasts, and yet the sale is to be finished now."""

_NOTHING_THERE: Final = frozenset({Reason.NOT_SET_UP, Reason.NOT_SUPPORTED, Reason.NOT_MENTIONED})


class Wishes(Protocol):
    """What the settings say of slips that print by themselves."""

    @property
    def print_on(self) -> tuple[str, ...]: ...
    @property
    def print_at(self) -> tuple[str, ...]: ...
    @property
    def hours(self) -> str: ...
    @property
    def least_minutes_between(self) -> float: ...
    @property
    def wait_hours(self) -> float: ...


class Verdict(Struct, frozen=True):
    """`told` is what slips have spoken of by now; `gone`: nothing that the waiting slip is about is left."""

    occasion: Occasion | None
    told: frozenset[str]
    gone: bool


def is_on(wishes: Wishes) -> bool:
    return bool(wishes.print_on or wishes.print_at)


def judge(wishes: Wishes, told: AbstractSet[str], report: Report) -> Verdict:
    """`told`: codes of the causes that slips have spoken of. A cause not looked at just now is not gone."""
    causes = {cause.code for cause in report.diagnosis.faults if _concerns_the_counter(cause)}
    readings = by_code(report.readings)
    still = {code for code in told if not is_gone(readings.get(code, ()))}
    occasion = None
    if causes - still:
        occasion = Occasion.CAUSE
    elif told and not still:
        occasion = Occasion.RECOVERY
    wanted = occasion if occasion in wishes.print_on else None
    return Verdict(wanted, frozenset(causes | still), gone=not (causes | still))


def time_of_day(wishes: Wishes, done: Mapping[str, str], local: datetime) -> str | None:
    """The entry of `print_at` that is due: not `done` on this date, and not more than an hour ago."""
    for entry in wishes.print_at:
        due = datetime.combine(local.date(), clock_time(entry))
        if due <= local < due + LATE and done.get(entry) != local.date().isoformat():
            return entry
    return None


def not_yet(wishes: Wishes, local: datetime, seconds_since_last: float | None) -> str:
    """Why a slip must wait, in English; empty where it may begin. None: none has printed by itself yet."""
    if not is_open(wishes.hours, local.time()):
        return f"outside hours = {wishes.hours}"
    if seconds_since_last is not None and seconds_since_last < wishes.least_minutes_between * 60:
        return f"less than {wishes.least_minutes_between:g} minutes after the last one"
    return ""


def is_too_old(wishes: Wishes, waited_seconds: float) -> bool:
    return waited_seconds > wishes.wait_hours * 3600


def is_open(hours: str, at: time) -> bool:
    """`hours` as "08:00-22:00", over midnight as "18:00-02:00"; empty is always. Raise ValueError."""
    if not hours:
        return True
    opens, closes = opening(hours)
    return opens <= at < closes if opens < closes else at >= opens or at < closes


def opening(hours: str) -> tuple[time, time]:
    """Raise ValueError where it is no "HH:MM-HH:MM", or both are the same."""
    opens, dash, closes = hours.partition("-")
    if not dash:
        raise ValueError(f"hours {hours!r} is no HH:MM-HH:MM")
    found = clock_time(opens), clock_time(closes)
    if found[0] == found[1]:
        raise ValueError(f"hours {hours!r} is no time at all; leave it empty for always")
    return found


def clock_time(text: str) -> time:
    """Raise ValueError where it is no HH:MM."""
    if len(text) != len("HH:MM") or text[2] != ":" or not (text[:2] + text[3:]).isascii():
        raise ValueError(f"{text!r} is no time as HH:MM")
    try:
        return time(int(text[:2]), int(text[3:]))
    except ValueError:
        raise ValueError(f"{text!r} is no time as HH:MM") from None


def _concerns_the_counter(cause: Cause) -> bool:
    """What stops a part of a sale or soon may, or what the staff see to; all else is for head office."""
    stops = bool(set(cause.stops) - {Capability.REPORTING})
    return stops or cause.severity is Severity.CRITICAL or cause.owner in _AT_THE_COUNTER


def by_code(readings: tuple[Known, ...]) -> dict[str, list[Known]]:
    found: dict[str, list[Known]] = {}
    for known in readings:
        found.setdefault(known.reading.code, []).append(known)
    return found


def is_gone(readings: list[Known] | tuple[()]) -> bool:
    """Also where the condition, or what it was about, is no longer watched."""
    return all(
        known.reading.status is Status.OK or known.reading.reason in _NOTHING_THERE for known in readings
    )
