"""How the last run ended, told from a marker file that the running agent keeps writing."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from vocabulary.absence import Why

MARKER: Final = "/var/lib/poshealth/last-stop.json"
AGENT_ALONE: Final = (Why.AGENT_STOPPED, Why.AGENT_RESTARTED, Why.AGENT_RENEWED)
"""The `reason` of a clean end where only the agent was stopped and the till ran on."""

ALIVE_SECONDS: Final = 180.0  # three rounds at the default of 60 s: an older beat is no sign of life

Seconds = Annotated[float, Meta(ge=0, le=2**33)]  # to the year 2242: what any calendar function takes
Word = Annotated[str, Meta(max_length=64)]


class Moment(Struct, frozen=True, kw_only=True):
    """`wall`: seconds since 1970 UTC; `boottime`: seconds since boot, suspend included."""

    boot_id: Word
    wall: Seconds
    boottime: Seconds


class Run(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One life of the agent: its last beat, when it began, and how it ended. `previous` is the one before."""

    boot_id: Word
    wall: Seconds
    boottime: Seconds
    clean: bool = False
    reason: Word = ""
    began_boottime: Seconds = 0.0
    previous: Run | None = None


class End(StrEnum):
    ORDERLY = "orderly"
    AGENT_CRASHED = "agent-crashed"
    POWER_CUT = "power-cut"
    FIRST_RUN = "first-run"
    NOT_WATCHED = "not-watched"


class LastStop(Struct, frozen=True, kw_only=True):
    """`last_seen` is wall time; `off_seconds` is None where the clock makes no sense of it; `ago_seconds`
    counts from when the till (or after a crash the agent) was back.
    """

    end: End
    last_seen: float = 0.0
    off_seconds: float | None = None
    ago_seconds: float = 0.0


def encode(run: Run) -> bytes:
    return msgspec.json.encode(run)


def decode(content: bytes) -> Run:
    """Raise msgspec.DecodeError (ValidationError is one)."""
    return msgspec.json.decode(content, type=Run)


def begin(found: Run | None, now: Moment) -> Run:
    """The marker to write when the agent starts and finds `found`.

    Restarting the agent in an orderly way does not erase what is known of the till's own last stop.
    """
    previous = found and msgspec.structs.replace(found, previous=None)
    if found and found.previous and found.clean and found.boot_id == now.boot_id != found.previous.boot_id:
        previous = msgspec.structs.replace(found.previous, previous=None)
    return Run(
        boot_id=now.boot_id,
        wall=now.wall,
        boottime=now.boottime,
        began_boottime=now.boottime,
        previous=previous,
    )


def beat(run: Run, now: Moment) -> Run:
    """The marker to write every round."""
    return msgspec.structs.replace(run, wall=now.wall, boottime=now.boottime)


def end(run: Run, now: Moment, reason: str) -> Run:
    """The marker to write at an orderly stop; `reason` is one of AGENT_ALONE where the till stays on."""
    return msgspec.structs.replace(beat(run, now), clean=True, reason=reason)


def end_of(ended: Run, boot_id: str) -> End:
    """How a run that is over ended, seen from the boot `boot_id`.

    1. Clean is orderly, except that nobody watched a till that went off after its agent had been stopped.
    2. Not clean in the same boot: the agent crashed, the till stayed on.
    3. Not clean in an earlier boot: power was cut (or the till was reset or froze) after the last beat.
    """
    same_boot = ended.boot_id == boot_id
    if ended.clean:
        return End.ORDERLY if same_boot or ended.reason not in AGENT_ALONE else End.NOT_WATCHED
    return End.AGENT_CRASHED if same_boot else End.POWER_CUT


def judge(run: Run, now: Moment) -> LastStop:
    """How the run before the present one ended: one of this boot that beat just now is the present one."""
    alive = run.boot_id == now.boot_id and not run.clean and now.boottime - run.boottime < ALIVE_SECONDS
    if alive and run.previous is None:
        return LastStop(end=End.FIRST_RUN)
    ended = run.previous if alive and run.previous else run
    end = end_of(ended, now.boot_id)
    if end is End.AGENT_CRASHED:
        back = run.began_boottime if alive else ended.boottime
        return LastStop(end=end, last_seen=ended.wall, ago_seconds=now.boottime - back)
    if end is not End.POWER_CUT:
        return LastStop(end=end, last_seen=ended.wall)
    off = now.wall - now.boottime - ended.wall
    return LastStop(
        end=End.POWER_CUT,
        last_seen=ended.wall,
        off_seconds=off if off >= 0 else None,
        ago_seconds=now.boottime,
    )
