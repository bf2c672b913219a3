"""All probes, by hand, in the order a technician would check."""

from __future__ import annotations

from typing import Any, Final

from probes.base import Probe
from probes.device.probe import PROBE as DEVICE
from probes.firewall_ports.probe import PROBE as FIREWALL_PORTS
from probes.maintenance.probe import PROBE as MAINTENANCE
from probes.network.probe import PROBE as NETWORK
from probes.payment_lines.probe import PROBE as PAYMENT_LINES
from probes.payment_terminal.probe import PROBE as PAYMENT_TERMINAL
from probes.plugins.probe import PROBE as PLUGINS
from probes.power.probe import PROBE as POWER
from probes.receipt_printer.probe import PROBE as RECEIPT_PRINTER
from probes.settlement.probe import PROBE as SETTLEMENT
from probes.software.probe import PROBE as SOFTWARE
from vocabulary.condition import Condition

ALL_PROBES: Final[tuple[Probe[Any], ...]] = (
    POWER,
    DEVICE,
    RECEIPT_PRINTER,
    NETWORK,
    FIREWALL_PORTS,
    PAYMENT_LINES,
    PAYMENT_TERMINAL,
    SETTLEMENT,
    SOFTWARE,
    MAINTENANCE,
    PLUGINS,
)

CONDITIONS: Final[dict[str, Condition]] = {
    condition.code: condition for probe in ALL_PROBES for condition in probe.conditions
}
