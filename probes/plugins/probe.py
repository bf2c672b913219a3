"""Checks of the owner's own: monitoring plug-ins, under the same deadlines as everything else."""

from __future__ import annotations

from typing import Final

from probes.base import Probe, Seldom
from probes.plugins.conditions import CONDITIONS
from probes.plugins.options import PluginsOptions

PROBE: Final = Probe(
    id="plugins",
    title="Added checks",
    conditions=CONDITIONS,
    options=PluginsOptions,
    read=Seldom("probes.plugins.look"),
    every_seconds=300.0,
    timeout_seconds=15.0,
)
