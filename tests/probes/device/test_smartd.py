"""The notes of smartd: of disks that are here, and of those that were taken out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from probes.device.smartd import NOBODY_WATCHES, NOT_WATCHED
from probes.device.wear import read_wear
from probes.till import Till
from vocabulary.reading import Status

NOW, UPTIME = 1_796_000_000.0, 86_400.0
FAILING, WELL = "mail.1.count = 1\n", "temperature-min = 20\n"
OLD = "WDC_WD10EZEX_08WN4A0-WD_WCC6Y0AAAAAA"
NEW = "Samsung_SSD_870-S5Y1NJ0R"
NVME = "KINGSTON_SNV2S-50026B7785"


class Counter:
    """A till that was started a day ago, with its disks and what smartd wrote when."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._put("wall_seconds", str(NOW).encode())
        self._put("proc/uptime", f"{UPTIME:.2f} 1.00\n".encode())

    def _put(self, name: str, content: bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def plug_in(self, name: str, serial: str = "", *, stick: bool = False) -> None:
        device = f"sys/block/{name}/device"
        if name.startswith("nvme"):
            self._put(f"{device}/serial", f"{serial:20}\n".encode())
        else:
            self._put(f"{device}/vpd_pg80", b"\x00\x80\x00\x14" + f"{serial:>20}".encode())
        self._put(f"sys/block/{name}/removable", b"%d\n" % stick)

    def note(self, disk: str, text: str, seconds_ago: float, kind: str = "ata") -> None:
        path = self._put(f"var/lib/smartmontools/smartd.{disk}.{kind}.state", text.encode())
        os.utime(path, (NOW - seconds_ago,) * 2)

    def look(self) -> dict[str, str]:
        """By disk: how it is, or why that is not known."""
        found = [each for each in read_wear(Till(self.root)) if each.code == "device.disk-failing"]
        assert len({each.identity for each in found}) == len(found)
        return {
            each.subject: each.because if each.status is Status.UNKNOWN else each.status for each in found
        }


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


def test_a_disk_that_was_taken_out_fails_no_more(counter: Counter) -> None:
    """Its notes were last written before the till was switched off."""
    counter.note(OLD, FAILING, UPTIME + 600)
    counter.note(NEW, WELL, UPTIME - 20)
    counter.plug_in("sda", "S5Y1NJ0R")
    assert counter.look() == {NEW: "ok"}


@pytest.mark.parametrize(
    ("name", "serial", "noted"), [("sda", "WD-WCC6Y0AAAAAA", OLD), ("nvme0n1", "50026B7785", NVME)]
)
def test_a_disk_that_is_here_goes_on_failing(counter: Counter, name: str, serial: str, noted: str) -> None:
    """However long ago smartd was ended."""
    counter.plug_in(name, serial)
    counter.note(noted, FAILING, 90 * UPTIME, "nvme" if noted == NVME else "ata")
    assert counter.look() == {noted: "failing"}


def test_notes_under_another_number_count_once_they_are_new(counter: Counter) -> None:
    """A bridge or a controller says another serial number than the disk behind it."""
    counter.plug_in("sda", "0123456789AB")
    counter.note(OLD, FAILING, UPTIME - 20)
    assert counter.look() == {OLD: "failing"}


def test_a_disk_without_notes_is_not_tested_beside_one_with(counter: Counter) -> None:
    """A stick never has any."""
    counter.plug_in("sda", "S5Y1NJ0R")
    counter.plug_in("sdb", "WD-WCC6Y0AAAAAA")
    counter.plug_in("sdc", "0123456789AB", stick=True)
    counter.note(NEW, WELL, 5)
    assert counter.look() == {NEW: "ok", "sdb": NOT_WATCHED}


def test_where_nobody_watches_every_disk_is_not_tested(counter: Counter) -> None:
    """Old notes of another disk are nobody's."""
    counter.plug_in("sda")
    counter.plug_in("sdb", "S5Y1NJ0R")
    counter.note(OLD, FAILING, UPTIME + 600)
    assert counter.look() == {"sda": NOBODY_WATCHES, "sdb": NOBODY_WATCHES}
