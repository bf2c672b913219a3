"""All probes, by hand, in the order a technician would check."""

from __future__ import annotations

from typing import Any, Final

from probes import receipt_printer
from probes.base import Probe
from vocabulary.condition import Condition

ALL_PROBES: Final[tuple[Probe[Any], ...]] = (receipt_printer.PROBE,)

CONDITIONS: Final[dict[str, Condition]] = {
    condition.code: condition for probe in ALL_PROBES for condition in probe.conditions
}
