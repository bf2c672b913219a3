"""How long this store usually goes without a sale, hour by hour of the week, and whether it is longer now."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec
from msgspec import Struct

from probes.memory import Memory, MemoryFullError
from probes.settlement.journal import Journal, NotToldError
from probes.settlement.posting_conditions import NONE_FOR_LONG
from probes.settlement.questions import Sold
from vocabulary.calendar import Calendar, DayKind
from vocabulary.reading import Reading, Reason

WEEKS: Final = 4
ENOUGH_WEEKS: Final = 3
TIMES_AS_LONG: Final = 2.0
LEAST_MINUTES: Final = 30.0  # a pause of less is a pause
_HOURS: Final = 7 * 24
_LOOK_BACK_SECONDS: Final = 7 * 86400.0
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_NOT_SEEN: Final = "-"
_FIRST_MINUTES: Final = 5.0  # as often as the books are looked at
_STEP: Final = 1.25  # up to z, which is 22 hours
_KEY: Final = "rhythm"


class Learned(Struct, frozen=True, kw_only=True):
    """`cells`: for each hour of the week, Monday first, the longest pause of the last WEEKS weeks as letters,
    the newest last. `hour` is the one under way ("2026-11-21T21"), `pause` its longest so far.
    """

    cells: str = _NOT_SEEN * (WEEKS * _HOURS)
    hour: str = ""
    pause: str = _NOT_SEEN

    def usual_minutes(self, hour: str) -> float | None:
        """The second longest of the weeks: one bad day in a month changes nothing, a quieter store does.

        None where too few weeks were seen.
        """
        start = _cell(hour) * WEEKS
        seen = sorted(letter for letter in self.cells[start : start + WEEKS] if letter != _NOT_SEEN)
        return _minutes(seen[-2]) if len(seen) >= ENOUGH_WEEKS else None

    def after(self, hour: str, pause: str) -> Learned:
        """With a look at `hour`; one that is over goes to its cell."""
        if hour == self.hour:
            return msgspec.structs.replace(self, pause=max(self.pause, pause))
        return Learned(cells=self._closed(), hour=hour, pause=pause)

    def _closed(self) -> str:
        if not self.hour:
            return self.cells
        start = _cell(self.hour) * WEEKS
        weeks = self.cells[start + 1 : start + WEEKS] + self.pause
        return self.cells[:start] + weeks + self.cells[start + WEEKS :]


def read_rhythm(journal: Journal, calendar: Calendar, memory: Memory) -> Iterator[Reading]:
    now = journal.now
    opened = calendar.opened_at(now)
    if opened is None:
        yield NONE_FOR_LONG.ok()
        return
    if calendar.days.get(calendar.local(now).date()) in (DayKind.HOLIDAY, DayKind.MADE_UP):
        yield NONE_FOR_LONG.unknown(Reason.NOT_TESTED, because="a day like few others: no usual pause")
        return
    try:
        sold = journal.row(Sold, since=now - _LOOK_BACK_SECONDS)
    except NotToldError as gap:
        yield NONE_FOR_LONG.unknown(gap.reason, because=gap.because)
        return
    newest = (sold.newest_at if sold else None) or 0.0
    yield _judge(max(0.0, now - max(newest, opened)) / 60, f"{calendar.local(now):%Y-%m-%dT%H}", memory)


def _judge(minutes: float, hour: str, memory: Memory) -> Reading:
    before = _recall(memory)
    learned = before.after(hour, _letter(minutes))
    try:
        if learned != before:
            memory.set(_KEY, msgspec.to_builtins(learned))
    except MemoryFullError:
        return NONE_FOR_LONG.unknown(Reason.PROBE_FAILED, because="no room to learn what is usual")
    usual = learned.usual_minutes(hour)
    if usual is None:
        return NONE_FOR_LONG.unknown(Reason.NOT_TESTED, because="what is usual is still being learned")
    return NONE_FOR_LONG.failing_if(
        minutes > max(LEAST_MINUTES, usual * TIMES_AS_LONG),
        "",
        through=(),
        quiet_minutes=round(minutes),
        usual_minutes=round(usual),
    )


def _recall(memory: Memory) -> Learned:
    try:
        learned = msgspec.convert(memory.get(_KEY, {}), Learned)
    except msgspec.ValidationError:
        return Learned()
    return learned if len(learned.cells) == WEEKS * _HOURS else Learned()


def _cell(hour: str) -> int:
    day, _, number = hour.partition("T")
    return date.fromisoformat(day).weekday() * 24 + int(number)


def _letter(minutes: float) -> str:
    steps = math.ceil(math.log(max(minutes, _FIRST_MINUTES) / _FIRST_MINUTES, _STEP))
    return _LETTERS[min(steps, len(_LETTERS) - 1)]


def _minutes(letter: str) -> float:
    return float(_FIRST_MINUTES * _STEP ** _LETTERS.index(letter))
