"""Which devices' news concerns which probe."""

from __future__ import annotations

import pytest

from agent.watching.devices import probes_of

USB = "/devices/pci0000:00/0000:00:14.0/usb1/1-2"
PRINTER = ("receipt_printer", "device")
ROWS = {
    "adapter unplugged": ("change", "power_supply", "/devices/LNXSYSTM:00/ACPI0003:00", ("power",)),
    "serial adapter gone": ("remove", "tty", f"{USB}/ttyUSB0/tty/ttyUSB0", PRINTER),
    "USB printer there": ("add", "usbmisc", f"{USB}/1-2:1.0/usbmisc/lp0", PRINTER),
    "USB device bound": ("bind", "usb", USB, PRINTER),
    "USB device changes": ("change", "usb", USB, ()),
    "screen plugged in": ("change", "drm", "/devices/pci0000:00/0000:00:02.0/drm/card0", ("device",)),
    "touch screen gone": ("remove", "input", f"{USB}/1-2:1.0/input/input5", ("device",)),
    "a console": ("add", "tty", "/devices/virtual/tty/tty7", ()),
    "a disk": ("add", "block", "/devices/pci0000:00/sda", ()),
}


@pytest.mark.parametrize(("action", "subsystem", "path", "probes"), ROWS.values(), ids=ROWS)
def test_the_probes_concerned(action: str, subsystem: str, path: str, probes: tuple[str, ...]) -> None:
    """And none for what no probe looks at."""
    assert probes_of({"ACTION": action, "SUBSYSTEM": subsystem, "DEVPATH": path}) == probes
