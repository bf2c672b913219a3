"""One network interface as the kernel shows it: there, switched on, with a cable or a Wi-Fi in it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from probes.till import Till

_SYS = "sys/class/net"
_UP = 0x1  # IFF_UP, linux/if.h
_PPP = "512"  # ARPHRD_PPP, linux/if_arp.h


class Medium(StrEnum):
    CABLE = "cable"
    WIFI = "Wi-Fi"
    MOBILE = "mobile line"


USES: Final = {
    Medium.CABLE: "the till uses a cable",
    Medium.WIFI: "the till uses Wi-Fi",
    Medium.MOBILE: "the till uses a mobile line",
}


class Link(Struct, frozen=True, kw_only=True):
    """`carrier` is None where the kernel does not say; `signal_dbm` where no Wi-Fi tells."""

    name: str
    present: bool = True
    up: bool = False
    carrier: bool | None = None
    medium: Medium = Medium.CABLE
    signal_dbm: int | None = None


def choose(till: Till, *candidates: str) -> str:
    """The first candidate that is named, else the likeliest to be the till's own; "" where there is none.

    Physical ones go before virtual ones, and those with a cable in before those without.
    """
    for candidate in candidates:
        if candidate:
            return candidate
    names = [name for name in till.names(_SYS) if name != "lo" and till.exists(f"{_SYS}/{name}/flags")]
    physical = [name for name in names if till.exists(f"{_SYS}/{name}/device")]
    for name in physical:
        if look(till, name).carrier:
            return name
    active = [name for name in names if look(till, name).up]
    return next(iter(physical or active), "")


def look(till: Till, name: str) -> Link:
    folder = f"{_SYS}/{name}"
    if not name or not till.exists(folder):
        return Link(name=name, present=False)
    medium = _medium(till, name)
    carrier = till.read_line(f"{folder}/carrier")
    return Link(
        name=name,
        up=bool(int(till.read_line(f"{folder}/flags", "0"), 16) & _UP),
        carrier=carrier == "1" if carrier else None,
        medium=medium,
        signal_dbm=_signal_dbm(till, name) if medium is Medium.WIFI else None,
    )


def _medium(till: Till, name: str) -> Medium:
    folder = f"{_SYS}/{name}"
    if till.exists(f"{folder}/phy80211") or till.exists(f"{folder}/wireless"):
        return Medium.WIFI
    try:
        uevent = till.read_text(f"{folder}/uevent")
    except OSError:
        uevent = ""
    mobile = "DEVTYPE=wwan" in uevent or till.read_line(f"{folder}/type") == _PPP
    return Medium.MOBILE if mobile else Medium.CABLE


def _signal_dbm(till: Till, name: str) -> int | None:
    """Column "level" of /proc/net/wireless (net/wireless/wext-proc.c); a driver may show no such file."""
    try:
        table = till.read_text("proc/net/wireless")
    except OSError:
        return None
    for line in table.splitlines():
        columns = line.split()
        if len(columns) >= 4 and columns[0] == f"{name}:":
            level = columns[3].rstrip(".")
            return int(level) if level.lstrip("-").isdecimal() else None
    return None
