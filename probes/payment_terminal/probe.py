"""Payment terminals on the store's network: are they there, and what do they say of themselves."""

from __future__ import annotations

from typing import Final

from probes.base import Probe, Seldom
from probes.payment_terminal.conditions import NO_TERMINAL, OF_A_TERMINAL
from probes.payment_terminal.options import PaymentTerminalOptions

PROBE: Final = Probe(
    id="payment_terminal",
    title="Payment terminals",
    conditions=(*OF_A_TERMINAL, NO_TERMINAL),
    options=PaymentTerminalOptions,
    read=Seldom("probes.payment_terminal.look"),
    every_seconds=300.0,
    timeout_seconds=30.0,
)
