"""Whether a disk says that it is failing or worn: eMMC by itself, others by the notes of smartd."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from probes.device.disk_conditions import DISK_FAILING, DISK_WORN, WEAR
from probes.device.smartd import read_smartd
from probes.till import Till
from vocabulary.reading import Reading, Reason

LIFE_OVER: Final = "its life is used up"
WORN_PERCENT: Final = (
    80  # as JEDEC's own first warning: PRE_EOL_INFO 2, "consumed 80 % of the reserved blocks"
)
_PRE_EOL: Final = {"0x01": "normal", "0x02": "warning", "0x03": "urgent"}  # JESD84-B51 7.4.30, EXT_CSD 267
_OF_A_MACHINE: Final = re.compile(r"(sd|nvme|hd|vd|mmcblk)[a-z0-9]+")


def read_wear(till: Till) -> Iterator[Reading]:
    disks = [name for name in till.names("/sys/block") if _is_real(till, name)]
    cards = [name for name in disks if till.exists(f"/sys/block/{name}/device/life_time")]
    for name in cards:
        yield from _flash(till, name)
    if not cards:
        yield DISK_WORN.unknown(Reason.NOT_SUPPORTED, because="no flash memory that tells its life")
    noted = list(read_smartd([name for name in disks if _may_be_watched(till, name)], till))
    yield from noted
    if not noted and not cards:
        yield DISK_FAILING.unknown(Reason.NOT_SUPPORTED, because="no disk that tells its health")


def _is_real(till: Till, name: str) -> bool:
    return bool(_OF_A_MACHINE.fullmatch(name)) and till.exists(f"/sys/block/{name}/device")


def _may_be_watched(till: Till, name: str) -> bool:
    """No virtual disk, memory card or USB stick."""
    is_stick = till.read_line(f"/sys/block/{name}/removable") == "1"
    return not name.startswith(("vd", "mmcblk")) and not is_stick


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
