"""One look at the till itself."""

from __future__ import annotations

from collections.abc import Iterator

from probes.device.backups import read_backups
from probes.device.clock import read_clock
from probes.device.disks import read_disks
from probes.device.memory_use import read_memory
from probes.device.options import DeviceOptions
from probes.device.plugged_in import read_plugged_in
from probes.device.processor import read_processor
from probes.device.wear import read_wear
from probes.memory import Memory
from probes.till import Till
from vocabulary.reading import Reading


def read(options: DeviceOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    """What stops a sale first; files that are long to read last."""
    yield from read_plugged_in(options, till, memory)
    yield from read_memory(options, till, memory)
    yield from read_processor(options.load_per_processor, till, memory)
    yield from read_clock(options, till, memory)
    yield from read_wear(till)
    yield from read_disks(options, till)
    yield from read_backups(options.backups, till, memory)
