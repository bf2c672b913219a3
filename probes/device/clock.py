"""The till's clock: set by a time server, right, and kept by its battery while the till is off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from probes.device.conditions import CLOCK_BATTERY_DEAD, CLOCK_NOT_SYNCHRONISED, CLOCK_OFF, CLOCK_RESET
from probes.device.options import DeviceOptions
from probes.memory import Memory
from probes.payment_lines.clock import RELEASED
from probes.till import Till
from protocols.chrony import parse_tracking
from vocabulary.moments import as_fact
from vocabulary.reading import Reading, Reason

MOST_SECONDS_OFF: Final = 30.0  # our choice: a receipt shows minutes, and hosts compare by minutes too
ZONES_SECONDS: Final = 26 * 3600  # a hardware clock may run by local time, UTC-12 to UTC+14
BACK_SECONDS: Final = 120.0  # earlier than it was before the boot by more than clocks drift or are stepped
CHRONYC: Final = "/usr/bin/chronyc"
CHRONYC_SECONDS: Final = 1.0  # it asks 127.0.0.1, in 2 ms
NO_TIME: Final = "no time at all"
_RTC: Final = "/sys/class/rtc"
_KEY: Final = "clock"


class Kept(Struct, frozen=True, kw_only=True):
    """`wall`: the last time that a server vouched for. `lost`: what the hardware clock said in this boot,
    kept until the next one: every eleven minutes the kernel sets it right (Linux kernel/time/ntp.c), which
    hides an empty battery.
    """

    boot: str = ""
    wall: float = 0.0
    lost: str = ""


def read_clock(options: DeviceOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    now, synchronised = till.wall_seconds(), till.clock_is_synchronised()
    clock = as_fact(now)
    yield _battery(till, memory, now, synchronised)
    yield CLOCK_RESET.failing_if(now < RELEASED, clock=clock)
    yield _offset(till)
    if not options.time_server:
        yield CLOCK_NOT_SYNCHRONISED.unknown(Reason.NOT_SET_UP, because="time_server is false")
    elif synchronised is None:
        yield CLOCK_NOT_SYNCHRONISED.unknown(Reason.NOT_SUPPORTED, because="the kernel does not tell")
    else:
        yield CLOCK_NOT_SYNCHRONISED.failing_if(not synchronised, clock=clock)


def _offset(till: Till) -> Reading:
    """By chrony, which goes on slowly where it may not step; timesyncd sets the clock at once."""
    program = till.path(CHRONYC)
    if not program.exists():
        return CLOCK_OFF.unknown(Reason.NOT_SUPPORTED, because="no chrony on this till")
    answer = till.run(str(program), "-n", "-c", "tracking", timeout_seconds=CHRONYC_SECONDS)
    tracking = parse_tracking(answer.stdout)
    if tracking is None:
        return CLOCK_OFF.unknown(Reason.NOT_TESTED, because="chrony follows no server")
    off = abs(tracking.slow_seconds)
    return CLOCK_OFF.failing_if(off > MOST_SECONDS_OFF, seconds_off=round(off), server=tracking.server)


def _battery(till: Till, memory: Memory, now: float, synchronised: bool | None) -> Reading:
    clocks = [name for name in till.names(_RTC) if re.fullmatch(r"rtc\d+", name)]
    if not clocks:
        return CLOCK_BATTERY_DEAD.unknown(Reason.NOT_SUPPORTED, because="no hardware clock")
    try:
        kept = till.read_text(f"{_RTC}/{clocks[0]}/since_epoch").strip()
    except (FileNotFoundError, PermissionError):
        return CLOCK_BATTERY_DEAD.unknown(Reason.NOT_SUPPORTED, because="its time is not told")
    except OSError:  # drivers answer EINVAL where the chip says that its supply was too low
        kept = ""
    boot = till.read_line("/proc/sys/kernel/random/boot_id")
    known = memory.get_as(_KEY, Kept, Kept())
    lost = known.lost if known.boot == boot else _went_back(till, known.wall, now, synchronised)
    lost = lost or _impossible(kept, now, synchronised)
    memory.set(
        _KEY, msgspec.to_builtins(Kept(boot=boot, wall=now if synchronised else known.wall, lost=lost))
    )
    return CLOCK_BATTERY_DEAD.failing_if(bool(lost), hardware_clock=lost or as_fact(float(kept)))


def _impossible(kept: str, now: float, synchronised: bool | None) -> str:
    """What the hardware clock says where that cannot be, else ""."""
    if not re.fullmatch(r"\d{1,11}", kept):
        return NO_TIME
    wrong = int(kept) < RELEASED or (synchronised and abs(int(kept) - now) > ZONES_SECONDS)
    return as_fact(float(kept)) if wrong else ""


def _went_back(till: Till, before: float, now: float, synchronised: bool | None) -> str:
    """When this boot began, where that was before the last good look: the hardware clock said so."""
    uptime = till.read_line("/proc/uptime").split(" ")[0]
    began = now - float(uptime) if re.fullmatch(r"\d{1,12}\.\d+", uptime) else now
    return as_fact(began) if not synchronised and began < before - BACK_SECONDS else ""
