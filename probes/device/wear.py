"""Whether a disk says that it is failing or worn: eMMC by itself, others by the notes of smartd."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from probes.device.disk_conditions import DISK_FAILING, DISK_WORN, WEAR
from probes.till import Till
from vocabulary.reading import Reading, Reason

SMARTD_FOLDER: Final = "/var/lib/smartmontools"
SMARTD_WOULD_TELL: Final = (
    "apt install smartmontools"  # asking a disk itself takes root; smartd's notes do not
)
LIFE_OVER: Final = "its life is used up"
WORN_PERCENT: Final = (
    80  # as JEDEC's own first warning: PRE_EOL_INFO 2, "consumed 80 % of the reserved blocks"
)
_PRE_EOL: Final = {"0x01": "normal", "0x02": "warning", "0x03": "urgent"}  # JESD84-B51 7.4.30, EXT_CSD 267
_OF_A_MACHINE: Final = re.compile(r"(sd|nvme|hd|vd|mmcblk)[a-z0-9]+")
_SMARTD_MAILS: Final = {
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


def read_wear(till: Till) -> Iterator[Reading]:
    disks = [name for name in till.names("/sys/block") if _is_real(till, name)]
    notes = _smartd_notes(till)
    cards = [name for name in disks if till.exists(f"/sys/block/{name}/device/life_time")]
    for name in cards:
        yield from _flash(till, name)
    if isinstance(notes, PermissionError):
        for condition in WEAR:
            yield condition.unknown(Reason.NO_PERMISSION, because=f"chmod o+rx {SMARTD_FOLDER}")
        return
    for subject, text in notes.items():
        signs = smartd_signs(text)
        yield DISK_FAILING.failing_if(bool(signs), subject, through=(subject,), signs=next(iter(signs), ""))
    untold = [name for name in disks if name not in cards and not name.startswith(("vd", "mmcblk"))]
    if untold and not notes:
        yield DISK_FAILING.unknown(Reason.NO_PERMISSION, untold[0], because=SMARTD_WOULD_TELL)
    elif not notes and not cards:
        yield DISK_FAILING.unknown(Reason.NOT_SUPPORTED, because="no disk that tells its health")
    if not cards:
        yield DISK_WORN.unknown(Reason.NOT_SUPPORTED, because="no flash memory that tells its life")


def _is_real(till: Till, name: str) -> bool:
    return bool(_OF_A_MACHINE.fullmatch(name)) and till.exists(f"/sys/block/{name}/device")


def _flash(till: Till, name: str) -> Iterator[Reading]:
    """Linux mmc-dev-attrs.rst: two estimates in tenths of its life used, 0x0b: beyond it."""
    folder = f"/sys/block/{name}/device"
    tenths = [
        int(word, 16) for word in re.findall(r"0x([0-9a-f]{2})\b", till.read_line(f"{folder}/life_time"))
    ]
    used = max(tenths, default=0) * 10
    state = _PRE_EOL.get(till.read_line(f"{folder}/pre_eol_info"), "")
    if not used and not state:  # 0x00 is "not defined"
        for condition in WEAR:
            yield condition.unknown(Reason.NOT_SUPPORTED, name, because="it does not tell its life")
        return
    over = used > 100 or state == "urgent"
    yield DISK_FAILING.failing_if(over, name, through=(name,), signs=LIFE_OVER if over else "")
    worn = used > WORN_PERCENT or state in ("warning", "urgent")
    yield DISK_WORN.failing_if(worn, name, through=(name,), used_percent=min(used, 100))


def _smartd_notes(till: Till) -> dict[str, str] | PermissionError:
    """Model and serial number of each disk, and what smartd keeps of it ("smartd.MODEL-SERIAL.ata.state")."""
    notes = {}
    for name in till.names(SMARTD_FOLDER):
        found = re.fullmatch(r"smartd\.(.{1,80})\.(?:ata|scsi|nvme)\.state", name)
        if found:
            try:
                notes[found[1]] = till.read_text(f"{SMARTD_FOLDER}/{name}")
            except PermissionError as error:
                return error
            except OSError:
                continue
    return notes


def smartd_signs(text: str) -> list[str]:
    """Why a disk is failing, by smartd's lines "mail.1.count = 1" and "ata-smart-attribute.3.raw = 8"."""
    values = dict(re.findall(r"^([a-z0-9.-]{1,60}) = (\d{1,20})$", text, re.MULTILINE))
    signs = {sign for number, sign in _SMARTD_MAILS.items() if int(values.get(f"mail.{number}.count", "0"))}
    for key, value in values.items():
        found = re.fullmatch(r"ata-smart-attribute\.(\d+)\.id", key)
        sign = _BAD_ATTRIBUTES.get(int(value)) if found else None
        if found and sign and int(values.get(f"ata-smart-attribute.{found[1]}.raw", "0")) & 0xFFFFFFFF:
            signs.add(sign)
    return sorted(signs)
