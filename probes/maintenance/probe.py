"""Maintenance before it breaks: tasks that are due, the spare device, announced outages."""

from __future__ import annotations

from typing import Final

from probes.base import Probe, Seldom
from probes.maintenance.conditions import CONDITIONS
from probes.maintenance.options import MaintenanceOptions
from probes.receipt_printer.probe import PROBE as RECEIPT_PRINTER

PROBE: Final = Probe(
    id="maintenance",
    title="Maintenance and announced outages",
    conditions=CONDITIONS,
    options=MaintenanceOptions,
    read=Seldom("probes.maintenance.look"),
    timeout_seconds=5.0,
    sees_memory_of=(RECEIPT_PRINTER.id,),
)
