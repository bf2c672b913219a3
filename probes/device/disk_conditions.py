"""What can be wrong with a till's disks, and with the copies of its records on them."""

from __future__ import annotations

from typing import Final

from vocabulary.condition import Capability, Condition, Owner, Severity

_UNTIL_SETTLED: Final = "Until settled: no reset, no swap."

DISK_READ_ONLY = Condition(
    code="device.disk-read-only",
    title="Disk takes no more writes",
    text="The disk at {subject} ({disk}) has become read-only.",
    remedy="Call the technician now: the disk may be failing. Let the till run until then.",
    avoid=_UNTIL_SETTLED,
    prepare="{disk} at {subject} is read-only",
    owner=Owner.TECHNICIAN,
    severity=Severity.CRITICAL,
)
DISK_ERRORS = Condition(
    code="device.disk-errors",
    title="Disk has errors",
    text="The file system at {subject} ({disk}) has noted errors: {errors}.",
    remedy="Back up the till after the last settlement, then have the disk checked or replaced.",
    avoid=_UNTIL_SETTLED,
    prepare="{disk} at {subject}, errors: {errors}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(DISK_READ_ONLY,),  # the kernel makes it read-only because of such an error: one headline
)
DISK_FULL = Condition(
    code="device.disk-full",
    title="Disk is full",
    text="The disk at {subject} is full. Free: {free_mebibytes} MB of {mebibytes} MB.",
    remedy="Call the technician: old logs and downloads have to be removed before the next settlement.",
    avoid=_UNTIL_SETTLED,
    prepare="{subject}: free MB {free_mebibytes} of {mebibytes}",
    owner=Owner.TECHNICIAN,
    severity=Severity.CRITICAL,
)
DISK_NEARLY_FULL = Condition(
    code="device.disk-nearly-full",
    title="Disk is nearly full",
    text="The disk at {subject} fills up. Free: {free_mebibytes} MB of {mebibytes} MB.",
    remedy="Remove old logs and downloads from the disk this week; leave the POS's own files alone.",
    prepare="{subject}: free MB {free_mebibytes} of {mebibytes}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(DISK_FULL,),
)
TOO_MANY_FILES = Condition(
    code="device.too-many-files",
    title="Disk: too many files",
    text="The disk at {subject} has room for only {free_files} more files, of {files}.",
    remedy="Remove old small files (sessions, spool, logs) from the disk; leave the POS's own files alone.",
    prepare="{subject}: free inodes {free_files} of {files}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)
RECORDS_NOT_WRITABLE = Condition(
    code="device.records-not-writable",
    title="POS cannot keep records",
    text="The folder {subject}, where the POS keeps its records, takes no more writes.",
    remedy="Call the technician now. Note each sale on paper until then.",
    avoid=_UNTIL_SETTLED,
    owner=Owner.TECHNICIAN,
    severity=Severity.CRITICAL,
    # A batch is closed by writing that it was. Whether the POS still takes a card without is its own affair.
    stops=(Capability.SETTLEMENT,),
    shows_that_it_works=False,
    depends_on=(DISK_READ_ONLY, DISK_FULL, TOO_MANY_FILES),
)
DISK_FAILING = Condition(
    code="device.disk-failing",
    title="Disk is about to fail",
    text="The disk {subject} reports that it is failing: {signs}.",
    remedy="Back up the till after the last settlement, then replace the disk.",
    avoid=_UNTIL_SETTLED,
    prepare="{subject}: {signs}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)
DISK_WORN = Condition(
    code="device.disk-worn",
    title="Disk is wearing out",
    text="The flash memory {subject} has used up most of its life (%): {used_percent}.",
    remedy="Plan a new disk or till; check that backups are made.",
    prepare="{subject}, life used (%): {used_percent}",
    owner=Owner.TECHNICIAN,
    severity=Severity.NOTICE,
    depends_on=(DISK_FAILING,),
)

BACKUP_MISSING = Condition(
    code="device.backup-missing",
    title="No backup is there",
    text="There is no backup of {subject}: no file is called {pattern}.",
    remedy="Check that the backup job runs and that its disk or USB stick is plugged in.",
    prepare="no file {pattern}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)
BACKUP_TOO_OLD = Condition(
    code="device.backup-too-old",
    title="Backup is too old",
    text="The newest backup of {subject} is of {made}; hours old: {hours}, wanted: {most_hours} at most.",
    remedy="Check why the backup job did not run, and start it once by hand.",
    prepare="{subject}: newest of {made}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(BACKUP_MISSING,),
)
BACKUP_BROKEN = Condition(
    code="device.backup-broken",
    title="Backup cannot be restored",
    text="The backup {file} of {subject} cannot be read back: {found}.",
    remedy="Make a new backup and try to restore it; keep the older ones until then.",
    avoid="Do not delete older backups.",
    prepare="{file}: {found}",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
)
BACKUP_SHRUNK = Condition(
    code="device.backup-shrunk",
    title="Backup is much smaller",
    text="The backup {file} of {subject} has {kibibytes} KB; the one before had {before_kibibytes} KB.",
    remedy="Check what is missing in it; keep the older backup until that is clear.",
    avoid="Do not delete older backups.",
    prepare="{file}: {kibibytes} KB after {before_kibibytes} KB",
    owner=Owner.TECHNICIAN,
    severity=Severity.WARNING,
    depends_on=(BACKUP_BROKEN,),
)

SPACE: Final = (DISK_FULL, DISK_NEARLY_FULL, TOO_MANY_FILES)
MOUNTS: Final = (DISK_READ_ONLY, DISK_ERRORS, *SPACE, RECORDS_NOT_WRITABLE)
WEAR: Final = (DISK_FAILING, DISK_WORN)
BACKUPS: Final = (BACKUP_MISSING, BACKUP_TOO_OLD, BACKUP_BROKEN, BACKUP_SHRUNK)
