"""Power supplies, serial ports, screens, input and USB devices that come, go or change."""

from __future__ import annotations

import errno
import socket

from agent.watching.source import NEVER, Source
from protocols.uevents import open_uevents, receive

_PRINTER_AND_DEVICES = ("receipt_printer", "device")
PROBES = {
    "power_supply": ("power",),
    "tty": _PRINTER_AND_DEVICES,
    "usbmisc": _PRINTER_AND_DEVICES,  # /dev/usb/lp*
    "usb": _PRINTER_AND_DEVICES,
    "input": ("device",),
    "drm": ("device",),
}
_UDEV_SECONDS = 2.0  # udevd makes links and permissions after the kernel's word; 0.1 to 1 s on a slow till
_MOST = 256


class DeviceSource(Source):
    probes: tuple[str, ...] = ("power", *_PRINTER_AND_DEVICES)

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._again_at = NEVER

    @property
    def is_well(self) -> bool:
        return self._socket is not None

    def open(self, now: float) -> None:
        del now
        self._socket = open_uevents()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def fileno(self) -> int:
        return self._socket.fileno() if self._socket else -1

    def due(self) -> float:
        return self._again_at

    def step(self, now: float) -> set[str]:
        """At once, and again when udevd has made its links: /dev/serial/by-id does not come before."""
        found = self._received()
        if found.intersection(_PRINTER_AND_DEVICES):
            self._again_at = now + _UDEV_SECONDS
        elif now >= self._again_at:
            self._again_at = NEVER
            found.update(_PRINTER_AND_DEVICES)
        return found

    def _received(self) -> set[str]:
        assert self._socket is not None
        found: set[str] = set()
        for _ in range(_MOST):
            try:
                found.update(probes_of(receive(self._socket)))
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                found.update(*PROBES.values())  # what was lost may have been of any
        return found


def probes_of(event: dict[str, str]) -> tuple[str, ...]:
    """A power supply's and a screen's news is its change; a device's that it comes, goes, gets its driver."""
    subsystem, action = event.get("SUBSYSTEM", ""), event.get("ACTION", "")
    if subsystem not in ("power_supply", "drm") and action not in ("add", "remove", "bind", "unbind"):
        return ()
    if event.get("DEVPATH", "").startswith("/devices/virtual/"):  # a console, somebody's pty
        return ()
    return PROBES.get(subsystem, ())
