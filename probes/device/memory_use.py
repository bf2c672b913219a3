"""Memory: how much is left, how much time is lost for want of it, and whether programs were ended for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from probes.device.conditions import MEMORY_SHORT, OUT_OF_MEMORY, RESTART_WOULD_HELP
from probes.device.options import DeviceOptions
from probes.memory import Memory
from probes.till import Till
from protocols.pressure import lost_percent
from vocabulary.moments import as_fact
from vocabulary.reading import Reading, Reason

STALLED_PERCENT: Final = 10.0
"""One second in ten nothing could run for want of memory. systemd-oomd begins to end programs at 60
(oomd.conf(5), DefaultMemoryPressureLimit=): told well before. The ten is our choice."""

LEFT_PERCENT: Final = 10.0  # earlyoom(1) ends programs where both memory and swap are below ten
MANY_ZOMBIES: Final = (
    50  # our choice: a healthy till has none for longer than moments; each keeps a process id
)
_KEY: Final = "oom"


class Kills(Struct, frozen=True, kw_only=True):
    """`count` since boot, at the last look; the last `times` of them were noticed at `uptime` and `wall`."""

    boot: str
    count: int = 0
    times: int = 0
    uptime: float = 0.0
    wall: float = 0.0


class Use(Struct, frozen=True, kw_only=True):
    """Percent; `swap` is 100 where there is none in use, and 0 where there is none at all."""

    available: int
    swap: int
    stalled: float | None

    @property
    def is_short(self) -> bool:
        return (self.stalled or 0.0) >= STALLED_PERCENT or max(self.available, self.swap) < LEFT_PERCENT


def read_memory(options: DeviceOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    use, days_up = _use(till), _uptime_seconds(till) / 86400
    if use is None:
        for condition in (MEMORY_SHORT, RESTART_WOULD_HELP):
            yield condition.unknown(Reason.NOT_SUPPORTED, because="the kernel tells no memory")
    else:
        yield MEMORY_SHORT.failing_if(
            use.is_short,
            available_percent=use.available,
            swap_percent=use.swap,
            stalled_percent="unknown" if use.stalled is None else use.stalled,
        )
        zombies = _zombies(till)
        tired = use.is_short or zombies >= MANY_ZOMBIES
        yield RESTART_WOULD_HELP.failing_if(
            tired and days_up >= options.restart_after_days,
            days_up=int(days_up),
            available_percent=use.available,
            zombies=zombies,
        )
    yield _kills(options, till, memory)


def _use(till: Till) -> Use | None:
    """proc_meminfo(5), and PSI where the kernel keeps it."""
    try:
        rows = re.findall(r"^(\w+):\s+(\d{1,15}) kB$", till.read_text("/proc/meminfo"), re.MULTILINE)
    except OSError:
        return None
    sizes = {name: int(kilobytes) for name, kilobytes in rows}
    total, available = sizes.get("MemTotal", 0), sizes.get("MemAvailable")
    if not total or available is None:
        return None
    swap_total = sizes.get("SwapTotal", 0)
    swap = sizes.get("SwapFree", 0) * 100 // swap_total if swap_total else 0
    return Use(available=available * 100 // total, swap=swap, stalled=_stalled(till))


def _stalled(till: Till) -> float | None:
    try:
        return lost_percent(till.read_text("/proc/pressure/memory"), "full", "avg60")
    except OSError:
        return None


def _uptime_seconds(till: Till) -> float:
    found = re.match(r"\d{1,12}(\.\d+)?", till.read_line("/proc/uptime"))
    return float(found[0]) if found else 0.0


def _zombies(till: Till) -> int:
    """Processes that ended and whose parent never asked how. Where /proc hides others', too few are seen."""
    stats = (till.read_line(f"/proc/{name}/stat") for name in till.names("/proc") if name.isdecimal())
    return sum(stat.rpartition(")")[2].split()[:1] == ["Z"] for stat in stats)


def _kills(options: DeviceOptions, till: Till, memory: Memory) -> Reading:
    """The kernel counts since boot; what was there before our very first look has no time and is not told."""
    count, boot = (
        till.read_value("/proc/vmstat", "oom_kill "),
        till.read_line("/proc/sys/kernel/random/boot_id"),
    )
    if not count.isdecimal():
        return OUT_OF_MEMORY.unknown(Reason.NOT_SUPPORTED, because="the kernel counts none")
    known = memory.get_as(_KEY, Kills, Kills(boot=boot, count=int(count)))
    if known.boot != boot:
        known = Kills(boot=boot)
    times, uptime = int(count) - known.count, _uptime_seconds(till)
    known = msgspec.structs.replace(known, count=int(count))
    if times > 0:
        known = msgspec.structs.replace(known, times=times, uptime=uptime, wall=till.wall_seconds())
    memory.set(_KEY, msgspec.to_builtins(known))
    recent = known.times > 0 and uptime - known.uptime < options.mention_minutes * 60
    return OUT_OF_MEMORY.failing_if(recent, times=known.times, noticed=as_fact(known.wall) if recent else "")
