"""Power: battery and mains, a UPS, voltages and temperatures, and how the till last went off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from probes.base import Options, Probe
from probes.host_names import check_host
from probes.memory import Memory
from probes.power.conditions import AGENT_CRASHED, CONDITIONS, LAST_STOP, POWER_CUT
from probes.power.last_stop import MARKER, End, LastStop, Moment, Run, decode, judge
from probes.power.sensors import read_sensors
from probes.power.supply import read_supply
from probes.power.ups import not_set_up, read_ups
from probes.till import Till
from protocols.nut import parse_address
from vocabulary.condition import Condition
from vocabulary.moments import as_fact
from vocabulary.reading import Reading, Reason


class PowerOptions(Options, frozen=True):
    """`ups` is empty or what upsc(8) takes ("ups@localhost"). `mention_minutes`: how long after the till is
    back an earlier power cut is still shown.
    """

    ups: str = ""
    ups_timeout_seconds: Annotated[float, Meta(gt=0, le=5)] = 2.0
    battery_low_percent: Annotated[int, Meta(ge=0, le=100)] = 10
    marker: str = MARKER
    mention_minutes: Annotated[float, Meta(ge=0)] = 60.0

    def __post_init__(self) -> None:
        if self.ups:
            check_host(parse_address(self.ups).host)


def read(options: PowerOptions, till: Till, _memory: Memory) -> Iterator[Reading]:
    """What is local comes first: a network UPS may use up its two seconds."""
    yield from read_supply(till, options.battery_low_percent)
    yield from read_sensors(till)
    yield from _last_stop(options, till)
    if options.ups:
        yield from read_ups(parse_address(options.ups), till, options.ups_timeout_seconds)
    else:
        yield from not_set_up()


def _last_stop(options: PowerOptions, till: Till) -> Iterator[Reading]:
    now, run = _now(till), _marker(till, options.marker)
    if isinstance(run, Run) and now:
        last = judge(run, now)
        recent = last.ago_seconds < options.mention_minutes * 60
        yield _reading(POWER_CUT, last, failing=recent and last.end is End.POWER_CUT)
        yield _reading(AGENT_CRASHED, last, failing=recent and last.end is End.AGENT_CRASHED)
        return
    reason, because = (
        run if isinstance(run, tuple) else (Reason.NOT_SUPPORTED, "the kernel tells no boot time")
    )
    for condition in LAST_STOP:
        yield condition.unknown(reason, because=because)


def _reading(condition: Condition, last: LastStop, *, failing: bool) -> Reading:
    if last.end is End.FIRST_RUN:
        return condition.unknown(Reason.NOT_TESTED, because="the agent runs for the first time")
    if last.end is End.NOT_WATCHED:
        return condition.unknown(Reason.NOT_TESTED, because="the agent was off when the till went off")
    return condition.failing_if(
        failing,
        last_seen=as_fact(last.last_seen),
        minutes_off="unknown" if last.off_seconds is None else round(last.off_seconds / 60),
    )


def _marker(till: Till, name: str) -> Run | tuple[Reason, str]:
    try:
        return decode(till.read_text(name).encode())
    except PermissionError:
        return Reason.NO_PERMISSION, f"chown poshealth {name}"
    except OSError:
        return Reason.NOT_SET_UP, "the agent has not written its marker yet"
    except msgspec.DecodeError:
        return Reason.NOT_TESTED, "the agent's marker file is damaged"


def _now(till: Till) -> Moment | None:
    """Wall time is btime plus uptime: both from the kernel, so that they agree with each other."""
    boot_id = till.read_line("/proc/sys/kernel/random/boot_id")
    try:
        uptime = float(till.read_line("/proc/uptime").split()[0])
        stat = till.read_text("/proc/stat").splitlines()
        btime = float(next(line.split()[1] for line in stat if line.startswith("btime ")))
    except (OSError, ValueError, IndexError, StopIteration):
        return None
    return Moment(boot_id=boot_id, wall=btime + uptime, boottime=uptime)


PROBE = Probe(
    id="power",
    title="Power",
    conditions=CONDITIONS,
    options=PowerOptions,
    read=read,
    every_seconds=30.0,
    timeout_seconds=10.0,
)
