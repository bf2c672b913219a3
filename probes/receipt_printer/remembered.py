"""What the printer's probe remembers from round to round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from probes.memory import Memory
from probes.receipt_printer.roll import Roll

SUBJECT: Final = "receipt-printer"


class Remembered(Struct, frozen=True):
    """Of one port at one setting: whether a device was ever there, which questions it ever answered, which
    modem lines it held up meanwhile, and what it told of itself at `identified_at`; None before it was
    asked. `counters` are of `counted_at`. Times in wall seconds.
    """

    setting: str = ""
    present: bool = False
    answered: tuple[int, ...] = ()
    lines: tuple[str, ...] = ()
    identity: dict[str, Any] | None = None
    identified_at: float | None = None
    counters: dict[str, int] = {}
    counted_at: float | None = None
    roll: Roll = Roll()


def recall(memory: Memory, subject: str, setting: str) -> Remembered:
    """What was learnt at another setting, or cannot be read, counts for nothing."""
    try:
        known = msgspec.convert(memory.get(subject, {}), Remembered)
    except msgspec.ValidationError:
        known = Remembered()
    return known if known.setting == setting else Remembered(setting=setting)


def last_told(values: Mapping[str, object]) -> Remembered:
    """What this probe remembered of its printer, at whatever setting."""
    try:
        return msgspec.convert(values.get(SUBJECT, {}), Remembered)
    except msgspec.ValidationError:
        return Remembered()


def remember(memory: Memory, subject: str, known: Remembered) -> None:
    memory.set(subject, msgspec.to_builtins(known))
