"""What smartd has noted of the disks of this till."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from probes.device.disk_conditions import DISK_FAILING
from probes.till import Till
from vocabulary.reading import Reading, Reason

FOLDER: Final = "/var/lib/smartmontools"
NOBODY_WATCHES: Final = "apt install smartmontools"  # asking a disk itself takes root; smartd's notes do not
NOT_WATCHED: Final = "smartd does not watch it"
STEP_SECONDS: Final = 60.0  # of a clock that is set after the start; nobody exchanges a disk in less
SHORTEST_SERIAL: Final = 4  # shorter ones stand in other names by chance
_MAILS: Final = {
    "1": "SMART health check",
    "3": "SMART self-test",
    "10": "unreadable sectors",
    "11": "uncorrectable sectors",
}
"""What smartd has sent a warning of and not taken back; its numbers in smartd.cpp."""

_BAD_ATTRIBUTES: Final = {
    197: "unreadable sectors",
    198: "uncorrectable sectors",
}  # smartd.conf(5), -C and -U


class Notes(Struct, frozen=True):
    """`disk`: model and serial number as in the file's name; `written` in wall seconds."""

    disk: str
    text: str
    written: float

    def are_of(self, serial: str) -> bool:
        return len(serial) >= SHORTEST_SERIAL and f"_{serial}_" in f"_{_plain(self.disk)}_"


def read_smartd(disks: Sequence[str], till: Till) -> Iterator[Reading]:
    """Of a disk that was taken out the notes stay. They count where its serial number is still here, or they
    were written since the start of this till: smartd writes them all when it begins (smartd(8), -s).
    """
    try:
        notes = _all_notes(till)
    except PermissionError:
        yield DISK_FAILING.unknown(Reason.NO_PERMISSION, because=f"chmod o+rx {FOLDER}")
        return
    serials = {disk: _serial(till, disk) for disk in disks}
    present = [each for each in notes if any(map(each.are_of, serials.values()))]
    began = _began(till)
    others = [each for each in notes if each not in present and each.written >= began]
    for each in (*present, *others):
        found = signs(each.text)
        yield DISK_FAILING.failing_if(
            bool(found), each.disk, through=(each.disk,), signs=next(iter(found), "")
        )
    untold = [disk for disk in disks if not any(each.are_of(serials[disk]) for each in present)]
    # Notes under another serial number are of a disk behind a bridge or a controller: one of these.
    for disk in untold[len(others) :]:
        if present or others:
            yield DISK_FAILING.unknown(Reason.NOT_TESTED, disk, because=NOT_WATCHED)
        else:
            yield DISK_FAILING.unknown(Reason.NO_PERMISSION, disk, because=NOBODY_WATCHES)


def _all_notes(till: Till) -> list[Notes]:
    """Of files called "smartd.MODEL-SERIAL.ata.state". Raise PermissionError."""
    notes = []
    for name in till.names(FOLDER):
        found = re.fullmatch(r"smartd\.(.{1,80})\.(?:ata|scsi|nvme)\.state", name)
        if found:
            path = f"{FOLDER}/{name}"
            try:
                notes.append(Notes(found[1], till.read_text(path), till.stat(path).st_mtime))
            except PermissionError:
                raise
            except OSError:
                continue
    return notes


def _serial(till: Till, disk: str) -> str:
    """By the kernel's copy of what a SCSI or SATA disk says of itself (SPC-4, 7.8.15: behind four bytes), or
    by its NVMe driver; "" where neither tells.
    """
    try:
        octets = till.read_bytes(f"/sys/block/{disk}/device/vpd_pg80")[4:]
    except OSError:
        octets = till.read_line(f"/sys/block/{disk}/device/serial").encode()
    return _plain(octets.decode("ascii", "ignore"))


def _plain(name: str) -> str:
    """As smartd writes it into the name of a file."""
    return re.sub(r"[^A-Za-z0-9]", "_", name.strip(" \0\n"))


def _began(till: Till) -> float:
    """When this till was started, by its clock of now; 0 where the kernel does not tell."""
    uptime = till.read_line("/proc/uptime").split(" ")[0]
    if not re.fullmatch(r"\d{1,12}\.\d+", uptime):
        return 0.0
    return till.wall_seconds() - float(uptime) - STEP_SECONDS


def signs(text: str) -> list[str]:
    """Why a disk is failing, by smartd's lines "mail.1.count = 1" and "ata-smart-attribute.3.raw = 8"."""
    values = dict(re.findall(r"^([a-z0-9.-]{1,60}) = (\d{1,20})$", text, re.MULTILINE))
    found = {sign for number, sign in _MAILS.items() if int(values.get(f"mail.{number}.count", "0"))}
    for key, value in values.items():
        row = re.fullmatch(r"ata-smart-attribute\.(\d+)\.id", key)
        sign = _BAD_ATTRIBUTES.get(int(value)) if row else None
        if row and sign and int(values.get(f"ata-smart-attribute.{row[1]}.raw", "0")) & 0xFFFFFFFF:
            found.add(sign)
    return sorted(found)
