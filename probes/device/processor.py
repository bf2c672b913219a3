"""The processor: whether programs wait for it, and whether it slows itself down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from probes.device.conditions import PROCESSOR_BUSY, THROTTLED
from probes.memory import Memory
from probes.till import Till
from protocols.pressure import lost_percent
from vocabulary.reading import Reading, Reason

WAITED_PERCENT: Final = 50.0  # our choice: load also counts who waits for a disk; PSI tells the two apart
RASPBERRY: Final = "/sys/devices/platform/soc/soc:firmware/get_throttled"
_NOW: Final = 0xE  # bit 0 is low voltage, which the power probe tells; 1 to 3: capped, throttled, soft limit
_KEY: Final = "throttled"


def read_processor(most_load: float, till: Till, memory: Memory) -> Iterator[Reading]:
    yield _busy(most_load, till)
    yield _throttled(till, memory)


def _busy(most_load: float, till: Till) -> Reading:
    """`most_load`: of five minutes, for each processor."""
    loads, processors = till.read_line("/proc/loadavg").split(), _processors(till)
    if len(loads) < 3 or not re.fullmatch(r"\d{1,6}\.\d\d", loads[1]) or not processors:
        return PROCESSOR_BUSY.unknown(Reason.NOT_SUPPORTED, because="the kernel tells no load")
    load = float(loads[1])
    try:
        waited = lost_percent(till.read_text("/proc/pressure/cpu"), "some", "avg300")
    except OSError:
        waited = None
    busy = load >= processors * most_load and (waited is None or waited >= WAITED_PERCENT)
    return PROCESSOR_BUSY.failing_if(busy, load=load, processors=processors)


def _processors(till: Till) -> int:
    try:
        return len(re.findall(r"^cpu\d+ ", till.read_text("/proc/stat"), re.MULTILINE))
    except OSError:
        return 0


def _throttled(till: Till, memory: Memory) -> Reading:
    """A Raspberry Pi says so now; Intel's counters tell by growing from one look to the next."""
    state = till.read_line(RASPBERRY)
    if re.fullmatch(r"[0-9a-f]{1,8}", state):
        return THROTTLED.failing_if(bool(int(state, 16) & _NOW), signs=f"get_throttled 0x{state}")
    folder = "/sys/devices/system/cpu"
    counts = [
        till.read_line(f"{folder}/{each}/thermal_throttle/core_throttle_count") for each in till.names(folder)
    ]
    known = [int(count) for count in counts if count.isdecimal()]
    if not known:
        return THROTTLED.unknown(Reason.NOT_SUPPORTED, because="this processor does not tell")
    before, now = memory.get(_KEY), sum(known)
    memory.set(_KEY, now)
    if not isinstance(before, int) or now < before:
        return THROTTLED.unknown(Reason.NOT_TESTED, because="needs a second look")
    return THROTTLED.failing_if(now > before, signs=f"core_throttle_count +{now - before}")
