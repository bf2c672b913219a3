"""/proc/self/mountinfo, and where a path lies."""

from __future__ import annotations

import pytest

from protocols.mounts import mount_of, parse_mountinfo, points_of_disk

TEXT = """27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
36 27 8:17 / /srv/pos\\040data rw master:1 - xfs /dev/sdb1 rw
40 27 8:5 / /home rw shared:7 master:2 - ext4 /dev/sda5 ro,errors=remount-ro
41 27 0:24 /dir /home ro - tmpfs tmpfs rw,mode=755
no mount at all
"""


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("/", "/dev/vda"),
        ("/srv/pos", "/dev/vda"),
        ("/srv/pos data", "/dev/sdb1"),
        ("/srv/pos data/a/b", "/dev/sdb1"),
        ("/srv/pos database", "/dev/vda"),
        ("/home/x", "tmpfs"),
    ],
)
def test_a_path_lies_on_the_nearest_mount_above_it(path: str, source: str) -> None:
    """Names may hold blanks; of two mounts at one place the later hides the earlier."""
    mount = mount_of(path, parse_mountinfo(TEXT))
    assert mount is not None
    assert mount.source == source


def test_a_disk_is_one_wherever_it_is_mounted() -> None:
    """systemd mounts a service's own folders once more, from the disk that they lie on."""
    own = "50 27 254:0 /var/lib/poshealth /var/lib/poshealth rw - ext4 /dev/vda rw\n"
    found = points_of_disk("/var/lib/poshealth/spool", parse_mountinfo(TEXT + own))
    assert found == ("/", "/var/lib/poshealth")


def test_nothing_lies_nowhere() -> None:
    """Without a list there is no answer."""
    assert mount_of("/", ()) is None
    assert points_of_disk("/", ()) == ()


@pytest.mark.parametrize(
    ("options", "takes_writes"),
    [
        ("rw,errors=remount-ro", True),
        ("ro,errors=remount-ro", False),
        ("rw,errors=remount-ro,emergency_ro", False),
        ("rw,shutdown", False),
    ],
)
def test_a_file_system_that_gave_up_takes_no_writes(options: str, takes_writes: bool) -> None:
    """Old kernels say "ro"; new ones leave "rw" standing and say why beside it."""
    (mount,) = parse_mountinfo(f"27 1 7:0 / / rw - ext4 /dev/loop0 {options}\n")
    assert mount.takes_writes is takes_writes
