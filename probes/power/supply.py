"""The till's own battery and adapter, from /sys/class/power_supply."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from probes.power.conditions import BATTERY_LOW, BATTERY_WORN, MAINS_OFF, SUPPLY
from probes.till import Till
from vocabulary.reading import Reading, Reason

FOLDER: Final = "/sys/class/power_supply"
WORN_PERCENT: Final = 50  # of what it held when new: half the bridging time, well past any maker's 70-80 %
_ADAPTERS: Final = ("Mains", "USB", "Wireless")
_HEALTHY: Final = ("", "Good", "Unknown", "Cool", "Warm", "Cold", "Hot", "Overheat")
"""Linux ABI sysfs-class-power, `health`: the rest ("Dead", "Over voltage") is the battery's own fault."""


class _Supply(Struct, frozen=True):
    name: str
    values: dict[str, str]

    def number(self, key: str) -> float | None:
        try:
            value = float(self.values.get(key, ""))
        except ValueError:
            return None
        return value if math.isfinite(value) else None

    def amount(self, kind: str) -> float | None:
        """`energy_<kind>` in uWh or `charge_<kind>` in uAh: drivers have one or the other."""
        energy = self.number(f"energy_{kind}")
        return self.number(f"charge_{kind}") if energy is None else energy


def read_supply(till: Till, low_percent: float) -> Iterator[Reading]:
    supplies = [_supply(till, name) for name in till.names(FOLDER)]
    batteries = [each for each in supplies if _is_battery(each)]
    if not batteries:
        for condition in SUPPLY:
            yield condition.unknown(Reason.NOT_SUPPORTED, because="this till has no battery of its own")
        return
    on_battery = _on_battery(batteries, [each for each in supplies if each.values["type"] in _ADAPTERS])
    minutes, charge = _minutes_left(batteries, till), _charge_percent(batteries)
    yield BATTERY_LOW.failing_if(
        on_battery and _is_low(batteries, charge, low_percent), minutes_left=minutes, charge_percent=charge
    )
    yield MAINS_OFF.failing_if(on_battery, minutes_left=minutes, charge_percent=charge)
    for battery in batteries:
        yield _worn(battery)


def _supply(till: Till, name: str) -> _Supply:
    keys = (
        "type scope online present status health capacity capacity_level model_name "
        "energy_now energy_full energy_full_design charge_now charge_full charge_full_design "
        "power_now current_now time_to_empty_now"
    )
    return _Supply(name, {key: till.read_line(f"{FOLDER}/{name}/{key}") for key in keys.split()})


def _is_battery(supply: _Supply) -> bool:
    """`scope` Device is a wireless mouse or scanner, which does not power the till."""
    values = supply.values
    return values["type"] in ("Battery", "UPS") and values["scope"] != "Device" and values["present"] != "0"


def _on_battery(batteries: list[_Supply], adapters: list[_Supply]) -> bool:
    """A charging battery disproves an adapter's "offline"; without any adapter the battery's word counts."""
    states = {battery.values["status"] for battery in batteries}
    plugs = [adapter.values["online"] for adapter in adapters if adapter.values["online"]]
    if plugs:
        return set(plugs) == {"0"} and "Charging" not in states
    return "Discharging" in states


def _is_low(batteries: list[_Supply], percent: int | str, low_percent: float) -> bool:
    if isinstance(percent, int):
        return percent <= low_percent
    return all(battery.values["capacity_level"] in ("Critical", "Low") for battery in batteries)


def _charge_percent(batteries: list[_Supply]) -> int | str:
    """The mean of several: they are emptied one after the other."""
    found = [value for battery in batteries if (value := battery.number("capacity")) is not None]
    return round(sum(found) / len(found)) if found else "unknown"


def _minutes_left(batteries: list[_Supply], till: Till) -> int | str:
    if (seconds := batteries[0].number("time_to_empty_now")) and len(batteries) == 1:
        return round(seconds / 60)
    amounts = [battery.amount("now") for battery in batteries]
    key = "power_now" if batteries[0].number("energy_now") is not None else "current_now"
    rate = sum(
        abs(battery.number(key) or 0) for battery in batteries
    )  # some drivers count a drain as negative
    if not rate or None in amounts:
        left = till.battery_seconds_left()
        return "unknown" if left is None else round(left / 60)
    return round(sum(amount or 0 for amount in amounts) / rate * 60)


def _worn(battery: _Supply) -> Reading:
    full, new = battery.amount("full"), battery.amount("full_design")
    percent = round(100 * full / new) if full is not None and new else None
    health = battery.values["health"]
    if percent is None and health in ("", "Unknown"):
        return BATTERY_WORN.unknown(Reason.NOT_SUPPORTED, battery.name)
    worn = health not in _HEALTHY or (percent is not None and percent < WORN_PERCENT)
    return BATTERY_WORN.failing_if(
        worn,
        battery.name,
        capacity_left_percent="unknown" if percent is None else percent,
        health=health or "unknown",
        battery_model=battery.values["model_name"] or "unknown",
    )
