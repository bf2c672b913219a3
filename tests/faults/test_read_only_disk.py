"""A disk that the kernel makes read-only, as the till's probe sees it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from vocabulary.reading import Reading, Status

HERE = Path(__file__).parents[2]
READ_IT = f"""
import sys; sys.path.insert(0, {str(HERE)!r})
import msgspec
from probes.device.disks import read_disks
from probes.device.options import DeviceOptions
from probes.till import Till
from agent.running.account import become, probe_account
become(probe_account())  # after the imports: the checkout may be private
print(msgspec.json.encode(list(read_disks(DeviceOptions(mounts=(sys.argv[1],)), Till()))).decode())
"""
FAIL_IT = """
set -e
mount -o loop,errors=remount-ro "$1" "$2"
trap 'umount "$2"' EXIT
"$3" -c "$4" "$2"
disk=$(findmnt -no SOURCE "$2")
echo broken > "/sys/fs/ext4/${disk#/dev/}/trigger_fs_error"
"$3" -c "$4" "$2"
"""


def test_a_real_disk_turns_read_only(till_folder: Path) -> None:
    """ext4 on a loop device, before and after an error that the kernel is told to have."""
    image, place = till_folder / "image", till_folder / "mnt"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(16 << 20)
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    words = ["unshare", "-m", "sh", "-c", FAIL_IT, "sh", str(image), str(place), sys.executable, READ_IT]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    before, after = (msgspec.json.decode(line, type=list[Reading]) for line in done.stdout.splitlines())
    failing = [[r.code for r in look if r.status is Status.FAILING] for look in (before, after)]
    assert failing == [[], ["device.disk-read-only", "device.disk-errors"]]
