"""The disks behind the watched folders: read-only, in error, full."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from probes.device.disk_conditions import (
    DISK_ERRORS,
    DISK_FULL,
    DISK_NEARLY_FULL,
    DISK_READ_ONLY,
    MOUNTS,
    RECORDS_NOT_WRITABLE,
    SPACE,
    TOO_MANY_FILES,
)
from probes.device.options import DeviceOptions
from probes.till import Space, Till
from protocols.mounts import Mount, mount_of, parse_mountinfo
from vocabulary.reading import Reading, Reason, Status

MEBIBYTE: Final = 1 << 20
FEW_FILES_PERCENT: Final = 5.0  # NodeFilesystemAlmostOutOfFiles of Prometheus's node-mixin warns below it
_MADE_READ_ONLY: Final = ("squashfs", "erofs", "iso9660", "cramfs", "romfs")
_MAY_HANG: Final = re.compile(r"nfs4?|cifs|smb3|9p|ceph|glusterfs|autofs|fuse\.\w+")
_STOPS_WRITES: Final = (DISK_READ_ONLY.code, DISK_FULL.code)


def read_disks(options: DeviceOptions, till: Till) -> Iterator[Reading]:
    """A disk is looked at once, however many of the folders lie on it; its subject is its mount point."""
    try:
        mounts = parse_mountinfo(till.read_text("/proc/self/mountinfo"))
    except OSError:
        mounts = ()
    folders = [*options.mounts, *filter(None, [options.pos_folder])]
    found = {each.point: each for folder in folders if (each := mount_of(folder, mounts))}
    if not found:
        for condition in MOUNTS:
            yield condition.unknown(Reason.NOT_SUPPORTED, because="the kernel lists no mounts")
        return
    readings = [reading for mount in found.values() for reading in _disk(mount, options, till)]
    yield from readings
    yield _records(options.pos_folder, mounts, readings)


def _disk(mount: Mount, options: DeviceOptions, till: Till) -> Iterator[Reading]:
    if "systemd/inaccessible" in mount.root:
        for condition in (DISK_READ_ONLY, DISK_ERRORS, *SPACE):
            because = "systemctl edit poshealth: ProtectHome=read-only"
            yield condition.unknown(Reason.NO_PERMISSION, mount.point, because=because)
        return
    if mount.kind in _MADE_READ_ONLY:
        for condition in (DISK_READ_ONLY, DISK_ERRORS, *SPACE):
            yield condition.unknown(Reason.NOT_SUPPORTED, mount.point, because="made to be read-only")
        return
    yield _writes(mount, till)
    yield _errors(mount, till)
    yield from _space(mount, options, till)


def _writes(mount: Mount, till: Till) -> Reading:
    broken = not mount.takes_writes and not _meant_read_only(mount, till)
    return DISK_READ_ONLY.failing_if(broken, mount.point, through=(mount.point,), disk=mount.source)


def _meant_read_only(mount: Mount, till: Till) -> bool:
    """As fstab(5) says, or the kernel's own command line of the root."""
    if (
        mount.point == "/"
        and "ro" in till.read_line("/proc/cmdline").split()
        and not till.exists("/etc/fstab")
    ):
        return True
    try:
        rows = [line.split() for line in till.read_text("/etc/fstab").splitlines()]
    except OSError:
        return False
    wanted = [row[3].split(",") for row in rows if len(row) >= 4 and row[1] == mount.point]
    return any("ro" in options for options in wanted)


def _errors(mount: Mount, till: Till) -> Reading:
    counted = _counted(mount, till)
    if counted is None:
        because = f"{mount.kind} counts no errors"
        return DISK_ERRORS.unknown(Reason.NOT_SUPPORTED, mount.point, because=because)
    through = (mount.point,)
    return DISK_ERRORS.failing_if(
        counted > 0, mount.point, through=through, disk=mount.source, errors=counted
    )


def _counted(mount: Mount, till: Till) -> int | None:
    """What ext4 (until e2fsck) and btrfs (until `btrfs device stats -z`) keep in their superblocks."""
    if mount.kind == "ext4":
        disk = till.read_value(f"/sys/dev/block/{mount.device}/uevent", "DEVNAME=")
        count = till.read_line(f"/sys/fs/ext4/{disk}/errors_count") if disk else ""
        return int(count) if count.isdecimal() else None
    if mount.kind == "btrfs":
        disk = mount.source.rpartition("/")[2]
        pools = [f"/sys/fs/btrfs/{each}" for each in till.names("/sys/fs/btrfs")]
        ours = next((pool for pool in pools if disk in till.names(f"{pool}/devices")), "")
        return _btrfs_errors(till, f"{ours}/devinfo") if ours else None
    return None


def _btrfs_errors(till: Till, folder: str) -> int | None:
    """Lines as "write_errs 0", for each disk of the pool."""
    counts = []
    for number in till.names(folder):
        try:
            text = till.read_text(f"{folder}/{number}/error_stats")
        except OSError:
            continue
        counts += [int(count) for count in re.findall(r"_errs (\d{1,18})", text)]
    return sum(counts) if counts else None


def _space(mount: Mount, options: DeviceOptions, till: Till) -> Iterator[Reading]:
    try:
        space = None if _MAY_HANG.fullmatch(mount.kind) else till.space(mount.point)
    except OSError as error:
        for condition in SPACE:
            yield condition.unknown(Reason.NOT_TESTED, mount.point, because=error.strerror or "no answer")
        return
    if space is None or not space.bytes:
        for condition in SPACE:
            because = "over the network" if space is None else "it has no size"
            yield condition.unknown(Reason.NOT_SUPPORTED, mount.point, because=because)
        return
    yield from _room(mount.point, space, options)
    if space.files:
        few = space.free_files * 100 < space.files * FEW_FILES_PERCENT
        facts = {"files": space.files, "free_files": space.free_files}
        yield TOO_MANY_FILES.failing_if(few, mount.point, through=(mount.point,), **facts)
    else:
        because = f"{mount.kind} has no limit"
        yield TOO_MANY_FILES.unknown(Reason.NOT_SUPPORTED, mount.point, because=because)


def _room(point: str, space: Space, options: DeviceOptions) -> Iterator[Reading]:
    """What only root may still use (5 % by mke2fs's default) is not free."""
    free = space.free_bytes // MEBIBYTE
    few = space.free_bytes * 100 < space.bytes * options.free_percent and free < options.free_mebibytes
    full = few and free < options.full_mebibytes
    facts = {"mebibytes": space.bytes // MEBIBYTE, "free_mebibytes": free}
    yield DISK_FULL.failing_if(full, point, through=(point,), **facts)
    yield DISK_NEARLY_FULL.failing_if(few, point, through=(point,), **facts)


def _records(folder: str, mounts: tuple[Mount, ...], readings: list[Reading]) -> Reading:
    """Follows from what is wrong with the disk that the folder lies on."""
    if not folder:
        return RECORDS_NOT_WRITABLE.unknown(Reason.NOT_SET_UP, because="pos_folder is not set")
    mount = mount_of(folder, mounts)
    point = mount.point if mount else ""
    of_disk = [reading for reading in readings if reading.subject == point]
    through = (point,)
    if any(reading.status is Status.FAILING and _takes_no_more(reading) for reading in of_disk):
        return RECORDS_NOT_WRITABLE.failing(folder, through=through)
    if any(reading.status is Status.UNKNOWN for reading in of_disk if reading.code in _STOPS_WRITES):
        return RECORDS_NOT_WRITABLE.unknown(
            Reason.NOT_TESTED, folder, because="its disk cannot be looked at", through=through
        )
    return RECORDS_NOT_WRITABLE.ok(folder, through=through)


def _takes_no_more(reading: Reading) -> bool:
    return reading.code in _STOPS_WRITES or reading.facts.get("free_files") == 0
