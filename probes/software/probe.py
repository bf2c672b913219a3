"""Software: versions against the wanted ones, what must run, and what needs a restart or an upgrade."""

from __future__ import annotations

from typing import Final

from probes.base import Probe, Seldom
from probes.software.conditions import CONDITIONS
from probes.software.options import SoftwareOptions

PROBE: Final = Probe(
    id="software",
    title="Software",
    conditions=CONDITIONS,
    options=SoftwareOptions,
    read=Seldom("probes.software.look"),
    every_seconds=300.0,
    timeout_seconds=15.0,
)
