"""Settlement: what the POS application's own books say of batches, and by when they are to be settled."""

from __future__ import annotations

from typing import Final

from probes.base import Probe, Seldom
from probes.settlement import posting_conditions, receipt_conditions, slip_conditions
from probes.settlement.conditions import OF_BATCHES
from probes.settlement.options import SettlementOptions

CONDITIONS: Final = (
    *OF_BATCHES,
    *receipt_conditions.CONDITIONS,
    *slip_conditions.CONDITIONS,
    *posting_conditions.CONDITIONS,
)

PROBE: Final = Probe(
    id="settlement",
    title="Settlement",
    conditions=(*CONDITIONS, *posting_conditions.APPROVAL),
    options=SettlementOptions,
    read=Seldom("probes.settlement.look"),
    every_seconds=300.0,
    timeout_seconds=15.0,
)
