"""From where a task counts: its last entry in the log, else when it was first seen; and the printer's counter
at that time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from probes.memory import Memory
from probes.receipt_printer.remembered import Remembered

_KEY: Final = "tasks"
_FRESH_SECONDS: Final = 7 * 86_400.0  # the printer is asked once a day; a week covers a holiday
_SERIAL_LETTERS: Final = 20


class Base(Struct, frozen=True, omit_defaults=True):
    """`entry` is the log's time the count began with, "" for none; `count` None until the printer told one.

    `serial`: of which printer. `seen_at` in wall seconds.
    """

    seen_at: float
    entry: str = ""
    serial: str = ""
    count: int | None = None


def recall(memory: Memory) -> dict[str, Base]:
    """What cannot be read counts for nothing."""
    return memory.get_as(_KEY, dict[str, Base], {})


def remember(memory: Memory, bases: Mapping[str, Base]) -> None:
    memory.set(_KEY, msgspec.to_builtins(bases))


def begun(base: Base | None, entry: str, printer: Remembered, counter: str, now: float) -> Base:
    """Anew with each entry, with another printer, and where the counter went backwards."""
    serial, count = _serial(printer), _count(printer, counter)
    seen_at = base.seen_at if base else now
    if base is None or base.entry != entry:
        return Base(seen_at, entry, serial, count)
    if count is not None and (base.count is None or base.serial != serial or count < base.count):
        return Base(seen_at, entry, serial, count)
    return base


def used(base: Base, printer: Remembered, counter: str, now: float) -> int | None:
    """None where the printer has not told its counters lately."""
    count = _count(printer, counter)
    if count is None or base.count is None or now - (printer.counted_at or 0.0) > _FRESH_SECONDS:
        return None
    return count - base.count


def _count(printer: Remembered, counter: str) -> int | None:
    return printer.counters.get(counter)


def _serial(printer: Remembered) -> str:
    return str((printer.identity or {}).get("serial_number", ""))[:_SERIAL_LETTERS]
