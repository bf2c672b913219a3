"""All probes, by hand, in the order a technician would check."""

from __future__ import annotations

from typing import Any, Final

from probes.base import Probe
from probes.power import PROBE as POWER
from probes.receipt_printer import PROBE as RECEIPT_PRINTER
from vocabulary.condition import Condition

ALL_PROBES: Final[tuple[Probe[Any], ...]] = (POWER, RECEIPT_PRINTER)

CONDITIONS: Final[dict[str, Condition]] = {
    condition.code: condition for probe in ALL_PROBES for condition in probe.conditions
}
