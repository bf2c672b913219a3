"""The settings of maintenance: what is to be done how often, where the spare is, what was announced."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from probes.base import Options
from vocabulary.store_calendar import StoreCalendar

LOG: Final = "/var/lib/poshealth/maintenance.jsonl"
SPARE: Final = "spare"
"""What the log calls the trial of the spare device."""

MOST_TASKS: Final = 16  # what is remembered of each is some 160 bytes of 4,096
Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,23}\Z")]
Words = Annotated[str, Meta(min_length=1, max_length=40)]
_Days = Annotated[int, Meta(ge=0, le=3660)]
_Count = Annotated[int, Meta(ge=0, le=10**9)]
_Moment = Annotated[datetime, Meta(tz=False)]


class Task(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of `every_days`, `every_lines` and `every_cuts` is set: lines and cuts as the receipt printer
    counts them (GS g 2). `title` in the store's own words. Raise ValueError.
    """

    name: Name
    title: Words
    owner: Literal["staff", "technician"] = "technician"
    every_days: _Days = 0
    every_lines: _Count = 0
    every_cuts: _Count = 0

    def __post_init__(self) -> None:
        if sum(map(bool, (self.every_days, self.every_lines, self.every_cuts))) != 1:
            raise ValueError("one of every_days, every_lines, every_cuts is to be set")
        if self.name == SPARE:
            raise ValueError(f'name: "{SPARE}" is the spare device of [maintenance.spare]')


class Spare(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The device that stands in: `where` it is kept, and when it was last tried before the log began."""

    where: Words
    tried_on: date | None = None
    every_days: Annotated[int, Meta(ge=1, le=3660)] = 180


class Downtime(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Announced by `who`, in the store's local time. `lines`: names of payment lines, "host:port" of other
    ports; the agent fills in all lines where it is empty. Raise ValueError.
    """

    who: Words
    what: Words
    begins: _Moment
    ends: _Moment
    lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.ends <= self.begins:
            raise ValueError("ends lies before begins")


class MaintenanceOptions(Options, frozen=True, kw_only=True):
    """`log` is what `poshealth maintenance add` writes. An announced outage is told `announce_hours` before.
    `calendar` stands in for the settings' own.
    """

    log: Annotated[str, Meta(pattern="^/", max_length=255)] = LOG
    calendar: StoreCalendar | None = None
    announce_hours: Annotated[float, Meta(ge=0, le=336)] = 12.0
    tasks: tuple[Task, ...] = ()
    spare: Spare | None = None
    downtimes: tuple[Downtime, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError."""
        names = [task.name for task in self.tasks]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"tasks: {', '.join(sorted(twice))} is there twice")
        if len(names) > MOST_TASKS:
            raise ValueError(f"tasks: {MOST_TASKS} at most")

    @property
    def may_be_noted(self) -> tuple[str, ...]:
        """What the log takes entries for."""
        return (*(task.name for task in self.tasks), *((SPARE,) if self.spare else ()))
