"""The receipt printer: is it there, does it answer, and what does it say of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from probes.base import Probe, Seldom
from probes.receipt_printer.conditions import HEARD, REPLIES_LOST, STATES, THERE, WEAR
from probes.receipt_printer.options import ReceiptPrinterOptions
from probes.receipt_printer.remembered import SUBJECT
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason

CONDITIONS: Final = (*THERE, *HEARD, REPLIES_LOST, *STATES, WEAR)


def left_alone(because: str) -> tuple[Reading, ...]:
    """What to say without touching the port: what was known of it stands, and ages."""
    return tuple(all_but((), Reason.BUSY, because))


def all_but(said: tuple[Condition, ...], reason: Reason, because: str = "") -> Iterator[Reading]:
    for condition in CONDITIONS:
        if condition not in said:
            yield condition.unknown(reason, SUBJECT, because=because)


PROBE: Final = Probe(
    id="receipt_printer",
    title="Receipt printer",
    conditions=CONDITIONS,
    options=ReceiptPrinterOptions,
    read=Seldom("probes.receipt_printer.look"),
    timeout_seconds=5.0,
)
