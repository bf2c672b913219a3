"""How long the roll in the printer lasts, by the printer's own count of the lines it has fed."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, structs

from probes.receipt_printer.wear import ONCE_SECONDS
from protocols.escpos.status import RealTime

_DAY_SECONDS: Final = 86_400.0
# Chosen, not measured. A line is 1/6 inch (ESC 2), so 1,000 are 4 m.
_SHORTEST_LINES: Final = 1_000  # less between two changes is no whole roll
_SETTLED_LINES: Final = 300  # several turns of a roll; one whose edge flickers before the sensor is low again
_LOW_PART: Final = 0.25  # a sensor that sees the near end with more left than this sees another roll
_LEAST_SECONDS: Final = 3_600.0  # a rate from less says nothing of a day
_MOST_DAYS: Final = 60.0  # beyond it a clock was set, or it is no news to anybody


class Roll(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The roll in one printer, told by its serial number; counters in lines, times in wall seconds.

    `is_low`: near its end, or at it, when last heard. `is_new`: another has been fitted, at `new_lines` once
    that was counted, and may still prove to be the old one. `was_opened`: the cover was opened while there
    was paper, so it may have been exchanged unseen. `length_lines` and `lasted_seconds` are of the last roll
    that was seen whole; 0 before there was one.
    """

    serial_number: str = ""
    is_low: bool = False
    was_opened: bool = False
    is_new: bool = False
    new_lines: int | None = None
    new_at: float = 0.0
    began_lines: int | None = None
    began_at: float = 0.0
    counted_lines: int | None = None
    counted_at: float = 0.0
    length_lines: int = 0
    lasted_seconds: float = 0.0


def in_printer(roll: Roll, serial_number: str) -> Roll:
    """In another printer lies another roll; one without a number may be another at any time."""
    return roll if roll.serial_number == serial_number else Roll(serial_number=serial_number)


def seen(roll: Roll, said: RealTime) -> Roll:
    """After a round in which every question was answered."""
    if said.cover_open:  # which lifts the paper off its sensors
        return structs.replace(roll, was_opened=roll.was_opened or not (roll.is_low or roll.is_new))
    if said.near_end or said.paper_out:
        return structs.replace(roll, is_low=True, is_new=False)
    if roll.is_low:
        return structs.replace(roll, is_low=False, is_new=True, new_lines=None)
    return roll


def counted(roll: Roll, lines: int, now: float) -> Roll:
    """A counter that went backwards was reset, or is another printer's: nothing of before holds."""
    if roll.counted_lines is not None and lines < roll.counted_lines:
        roll = Roll(serial_number=roll.serial_number, is_low=roll.is_low)
    roll = structs.replace(roll, counted_lines=lines, counted_at=now)
    if not roll.is_new:
        return roll
    if roll.new_lines is None:
        return structs.replace(roll, new_lines=lines, new_at=now)
    return _begun(roll, roll.new_lines) if lines - roll.new_lines >= _SETTLED_LINES else roll


def _begun(roll: Roll, lines: int) -> Roll:
    """The one before is a measure where it was seen from its first line to its last."""
    length = 0 if roll.began_lines is None or roll.was_opened else lines - roll.began_lines
    if length >= _SHORTEST_LINES:
        roll = structs.replace(roll, length_lines=length, lasted_seconds=roll.new_at - roll.began_at)
    return structs.replace(
        roll, is_new=False, new_lines=None, was_opened=False, began_lines=lines, began_at=roll.new_at
    )


def lasts_days(roll: Roll, now: float) -> int | None:
    """Whole days, 0 for less than one; None where nothing can be claimed.

    The rate is that of the last whole roll and of this one so far. More paper than the near-end sensor
    leaves, or none where it sees some, contradicts the sensor.
    """
    if not roll.serial_number or not roll.length_lines or roll.is_new:
        return None
    if roll.began_lines is None or roll.counted_lines is None:
        return None
    used, age_seconds = roll.counted_lines - roll.began_lines, now - roll.counted_at
    left, seconds = roll.length_lines - used, roll.lasted_seconds + roll.counted_at - roll.began_at
    if left <= 0 or (roll.is_low and left > roll.length_lines * _LOW_PART):
        return None
    if not 0.0 <= age_seconds <= 2 * ONCE_SECONDS or seconds < _LEAST_SECONDS:
        return None
    lines_per_day = (roll.length_lines + used) / (seconds / _DAY_SECONDS)
    days = left / lines_per_day - age_seconds / _DAY_SECONDS
    return int(max(0.0, days)) if days <= _MOST_DAYS else None
