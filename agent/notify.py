"""sd_notify(3): readiness and the watchdog, over the socket systemd names."""

from __future__ import annotations

import os
import socket


def notify(*lines: str) -> None:
    """Nothing where no service manager listens. Raise OSError where one should and the socket is unusable."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.sendto("\n".join(lines).encode(), address)


def watchdog_seconds() -> float | None:
    """Half of what the unit's WatchdogSec allows; None where there is no watchdog for this process."""
    allowed = os.environ.get("WATCHDOG_USEC", "")
    meant_for = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    return int(allowed) / 2e6 if allowed.isdigit() and meant_for == str(os.getpid()) else None
