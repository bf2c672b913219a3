"""Voltage alarms and temperatures from /sys/class/hwmon, one subject per chip."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from probes.power.conditions import SENSORS, TOO_HOT, VOLTAGE_ALARM, WARM
from probes.till import Till
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason

FOLDER: Final = "/sys/class/hwmon"
_ALARM: Final = re.compile(r"in\d+_(?:(?:lcrit|crit|min|max)_)?alarm")
PLAUSIBLE_CELSIUS: Final = (-40, 150)  # a loose diode reads -128 or 127 to 255, an unset limit 0 or 65261


class _Chip(Struct, frozen=True):
    subject: str
    folder: str
    files: list[str]


class _Temperature(Struct, frozen=True):
    label: str
    celsius: float
    limits: dict[str, float]


def read_sensors(till: Till) -> Iterator[Reading]:
    chips = list(_chips(till))
    voltages = [reading for chip in chips for reading in _voltages(till, chip)]
    heat = [reading for chip in chips for reading in _heat(till, chip)]
    yield from voltages + heat
    seen = {reading.code for reading in voltages + heat}
    for condition in SENSORS:
        if condition.code not in seen:
            yield condition.unknown(Reason.NOT_SUPPORTED, because="no such sensor on this till")


def _chips(till: Till) -> Iterator[_Chip]:
    """Numbers of hwmon change from boot to boot; the chip's name does not, and twins are counted."""
    times: dict[str, int] = {}
    for entry in till.names(FOLDER):
        name = till.read_line(f"{FOLDER}/{entry}/name") or entry
        times[name] = times.get(name, 0) + 1
        subject = name if times[name] == 1 else f"{name}-{times[name]}"
        yield _Chip(subject, f"{FOLDER}/{entry}", till.names(f"{FOLDER}/{entry}"))


def _voltages(till: Till, chip: _Chip) -> Iterator[Reading]:
    alarms = [name for name in chip.files if _ALARM.fullmatch(name)]
    states = {name: till.read_line(f"{chip.folder}/{name}") for name in alarms}
    if not alarms:
        return
    if not any(states.values()):
        yield VOLTAGE_ALARM.unknown(Reason.NOT_TESTED, chip.subject, because="the sensor does not answer")
        return
    inputs = dict.fromkeys(name.partition("_")[0] for name in alarms if states[name] == "1")
    raised = [_volts(till, chip, name) for name in inputs if _has_limits(till, chip, name)]
    yield VOLTAGE_ALARM.failing_if(bool(raised), chip.subject, sensors=", ".join(raised))


def _has_limits(till: Till, chip: _Chip, name: str) -> bool:
    """Boards leave unused inputs at limits 0 and 0, where a Super-I/O chip raises its alarm for ever."""
    limits = [till.read_line(f"{chip.folder}/{name}_{side}") for side in ("min", "max")]
    return limits != ["0", "0"]


def _volts(till: Till, chip: _Chip, name: str) -> str:
    millivolts = _celsius_or_volts(till, f"{chip.folder}/{name}_input")
    label = till.read_line(f"{chip.folder}/{name}_label") or name
    return label if millivolts is None else f"{label} {millivolts:.2f} V"


def _heat(till: Till, chip: _Chip) -> Iterator[Reading]:
    names = [name.removesuffix("_input") for name in chip.files if re.fullmatch(r"temp\d+_input", name)]
    found = [each for name in names if (each := _temperature(till, chip, name))]
    if names:
        yield _hottest(TOO_HOT, chip.subject, found, "crit")
        yield _hottest(WARM, chip.subject, found, "max")


def _hottest(condition: Condition, subject: str, found: list[_Temperature], limit: str) -> Reading:
    """The sensor nearest to its limit, or furthest above it."""
    limited = [each for each in found if limit in each.limits]
    if not found:
        return condition.unknown(Reason.NOT_TESTED, subject, because="the sensor does not answer")
    if not limited:
        return condition.unknown(Reason.NOT_SUPPORTED, subject, because="the sensor has no limit")
    worst = max(limited, key=lambda each: each.celsius - each.limits[limit])
    return condition.failing_if(
        worst.celsius >= worst.limits[limit],
        subject,
        through=(subject,),
        sensor=worst.label,
        celsius=round(worst.celsius),
        limit_celsius=round(worst.limits[limit]),
    )


def _temperature(till: Till, chip: _Chip, name: str) -> _Temperature | None:
    path = f"{chip.folder}/{name}"
    celsius = _celsius_or_volts(till, f"{path}_input")
    if celsius is None or till.read_line(f"{path}_fault") == "1" or not _plausible(celsius):
        return None
    limits = {kind: _celsius_or_volts(till, f"{path}_{kind}") for kind in ("crit", "max")}
    sane = {kind: value for kind, value in limits.items() if value and value > 0 and _plausible(value)}
    return _Temperature(till.read_line(f"{path}_label") or name, celsius, sane)


def _plausible(celsius: float) -> bool:
    return PLAUSIBLE_CELSIUS[0] < celsius < PLAUSIBLE_CELSIUS[1] and celsius != 127


def _celsius_or_volts(till: Till, path: str) -> float | None:
    """sysfs-interface: both are integers in thousandths."""
    text = till.read_line(path)
    return int(text) / 1000 if re.fullmatch(r"-?\d{1,9}", text) else None
