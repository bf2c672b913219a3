"""Settings of earlier releases that stand in another table now: they go on meaning what they meant."""

from __future__ import annotations

from typing import Any, Final

_MOVED: Final = {"usb": "usb", "devices": "file"}
"""Lists of `[software]` in 0.1.0, and the key of `[[device.peripherals]]` that each entry became."""


def as_now(tables: dict[str, Any]) -> dict[str, Any]:
    """The same tables, or new ones; a list of anything but texts is left where it is, to be refused there."""
    software = tables.get("software")
    if not isinstance(software, dict):
        return tables
    found = {key: software[key] for key in _MOVED if _is_texts(software.get(key))}
    if not found:
        return tables
    moved = [{"name": each, _MOVED[key]: each} for key, texts in found.items() for each in texts]
    device = tables.get("device", {})
    if not isinstance(device, dict):
        return tables
    return {
        **tables,
        "software": {key: value for key, value in software.items() if key not in found},
        "device": {**device, "peripherals": [*device.get("peripherals", ()), *moved]},
    }


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
