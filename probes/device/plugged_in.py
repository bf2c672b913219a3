"""What should be plugged in and is not: one device, or the hub with all that hangs on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from probes.device.conditions import (
    CARD_READER_MISSING,
    DEVICE_MISSING,
    DISPLAY_MISSING,
    USB_HUB_GONE,
)
from probes.device.options import DeviceOptions, Peripheral
from probes.memory import Memory
from probes.till import Till
from vocabulary.condition import Condition
from vocabulary.reading import Reading, Reason
from vocabulary.redaction import shortened

USB: Final = "/sys/bus/usb/devices"
INPUTS: Final = "/proc/bus/input/devices"
DRM: Final = "/sys/class/drm"
_KEY: Final = "usb-ports"
_DEVICE: Final = re.compile(r"\d+-[\d.]+|usb\d+")  # not "1-0:1.0": that is an interface of a device


def read_plugged_in(options: DeviceOptions, till: Till, memory: Memory) -> Iterator[Reading]:
    yield from _displays(options, till)
    places = _usb_places(till)
    ports = memory.get_as(_KEY, dict[str, str], {})
    gone: dict[str, list[str]] = {}
    readings = [_presence(each, till, places, ports, gone) for each in options.peripherals]
    wanted = {each.usb for each in options.peripherals}
    memory.set(_KEY, {usb_id: port for usb_id, port in ports.items() if usb_id in wanted})
    for hub, names in gone.items():
        yield USB_HUB_GONE.failing(hub, through=(hub,), devices=", ".join(names))
    yield from readings
    if not gone:
        yield _hubs_there(ports, places)
    said = {reading.code for reading in readings}
    for condition in (CARD_READER_MISSING, DEVICE_MISSING):
        if condition.code not in said:
            yield condition.unknown(Reason.NOT_SET_UP)


def _hubs_there(ports: dict[str, str], places: dict[str, str] | None) -> Reading:
    if places is None:
        return USB_HUB_GONE.unknown(Reason.NOT_SUPPORTED, because="no USB on this till")
    return USB_HUB_GONE.ok() if ports else USB_HUB_GONE.unknown(Reason.NOT_SET_UP)


def _presence(
    wanted: Peripheral,
    till: Till,
    places: dict[str, str] | None,
    ports: dict[str, str],
    gone: dict[str, list[str]],
) -> Reading:
    """`ports` learns where a device is plugged in, `gone` what is missing together with its hub."""
    condition = CARD_READER_MISSING if wanted.takes_cards else DEVICE_MISSING
    if not wanted.usb:
        return (_file if wanted.file else _input)(condition, wanted, till)
    if places is None:
        return condition.unknown(Reason.NOT_SUPPORTED, wanted.name, because="no USB on this till")
    port = next((port for port, usb_id in places.items() if usb_id == wanted.usb), None)
    if port is not None:
        ports[wanted.usb] = port
        return condition.ok(wanted.name)
    hub = _missing_hub(ports.get(wanted.usb, ""), places)
    if hub:
        gone.setdefault(hub, []).append(wanted.name)
    return condition.failing(wanted.name, through=(hub or wanted.name,))


def _usb_places(till: Till) -> dict[str, str] | None:
    """Port ("1-4.2": bus 1, socket 4, socket 2 of the hub in it) to "vendor:product"; None without USB."""
    if not till.exists(USB):
        return None
    names = [name for name in till.names(USB) if _DEVICE.fullmatch(name)]
    parts = ("idVendor", "idProduct")
    return {name: ":".join(till.read_line(f"{USB}/{name}/{part}") for part in parts) for name in names}


def _missing_hub(port: str, places: dict[str, str]) -> str:
    """The uppermost hub above this port that is gone, "" where all are there."""
    bus, _, sockets = port.partition("-")
    steps = sockets.split(".") if sockets else []
    hubs = [f"usb{bus}", *(f"{bus}-{'.'.join(steps[:depth])}" for depth in range(1, len(steps)))]
    return next((hub for hub in hubs if port and hub not in places), "")


def _file(condition: Condition, wanted: Peripheral, till: Till) -> Reading:
    try:
        return condition.failing_if(not till.exists(wanted.file), wanted.name)
    except PermissionError:
        because = f"chmod o+x {PurePosixPath(wanted.file).parent}"
        return condition.unknown(Reason.NO_PERMISSION, wanted.name, because=because)


def _input(condition: Condition, wanted: Peripheral, till: Till) -> Reading:
    """By lines as `N: Name="ILITEK ILITEK-TP"`; capitals do not count."""
    try:
        names = re.findall(r'^N: Name="(.*)"$', till.read_text(INPUTS), re.MULTILINE)
    except OSError:
        return condition.unknown(Reason.NOT_SUPPORTED, wanted.name, because="no list of input devices")
    there = any(wanted.input.casefold() in name.casefold() for name in names)
    return condition.failing_if(not there, wanted.name)


def _displays(options: DeviceOptions, till: Till) -> Iterator[Reading]:
    """Linux drm_sysfs: "connected", "disconnected" or "unknown" for each connector ("card0-HDMI-A-1")."""
    if not options.display and not options.connectors:
        yield DISPLAY_MISSING.unknown(Reason.NOT_SET_UP, because="display is not set")
        return
    folders = {name.partition("-")[2]: f"{DRM}/{name}" for name in till.names(DRM) if "-" in name}
    states = {connector: till.read_line(f"{folder}/status") for connector, folder in folders.items()}
    if not states:
        yield DISPLAY_MISSING.unknown(Reason.NOT_SUPPORTED, because="no graphics driver")
        return
    for connector in options.connectors:
        yield _display(connector, [states.get(connector, "disconnected")])
    if options.display and not options.connectors:
        yield _display(shortened(", ".join(states), 60), list(states.values()))


def _display(subject: str, states: list[str]) -> Reading:
    if "connected" in states:
        return DISPLAY_MISSING.ok(subject)
    if "unknown" in states:  # an analogue output cannot tell
        return DISPLAY_MISSING.unknown(Reason.NOT_SUPPORTED, subject, because="this connector does not tell")
    return DISPLAY_MISSING.failing(subject)
