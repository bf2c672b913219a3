"""The till itself: disks, memory, processor, clock, screen, what is plugged in, backups of its records."""

from __future__ import annotations

from typing import Final

from probes.base import Probe, Seldom
from probes.device.conditions import CONDITIONS
from probes.device.options import DeviceOptions

PROBE: Final = Probe(
    id="device",
    title="Till",
    conditions=CONDITIONS,
    options=DeviceOptions,
    read=Seldom("probes.device.look"),
    every_seconds=60.0,
    timeout_seconds=15.0,
)
