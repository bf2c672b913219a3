"""Backups of the transaction records: there, fresh, of their usual size, and readable."""

from __future__ import annotations

import errno
from collections.abc import Generator, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec
from msgspec import Struct

from probes.device.backup_files import LIST_SECONDS, BackupFile, TooManyError, backup_files
from probes.device.conditions import CLOCK_RESET
from probes.device.disk_conditions import (
    BACKUP_BROKEN,
    BACKUP_MISSING,
    BACKUP_SHRUNK,
    BACKUP_TOO_OLD,
    BACKUPS,
)
from probes.device.options import Backup
from probes.device.restorable import PG_RESTORE, NoReaderError, TooLongError, fault_of
from probes.memory import Memory
from probes.payment_lines.clock import RELEASED
from probes.till import Completed, Till
from vocabulary.moments import as_fact
from vocabulary.reading import Reading, Reason
from vocabulary.redaction import shortened

SETTLED_SECONDS: Final = 120.0  # our choice: a job that has written nothing for so long is done
AGAIN_SECONDS: Final = 86400.0  # our choice: a file that stays is read again once a day, for a disk can rot
READ_SECONDS: Final = 5.0  # for all backups of one round; what is left waits for the next
ENOUGH_SECONDS: Final = (
    READ_SECONDS - LIST_SECONDS
)  # what takes longer is too large, not only late in its round
SHRUNK_BELOW: Final = 0.5  # our choice: records only grow between two purges
SMALL_BYTES: Final = 64 << 10  # below it a halved file says nothing
_KEY: Final = "backups"
_TOO_LONG: Final = "?"
UNREADABLE: Final = "it cannot be read"


class Known(Struct, frozen=True, omit_defaults=True):
    """Of the newest finished file: when written, its size and the one before's, what was found, and when."""

    written: float = 0.0
    size: int = 0
    before: int = 0
    found: str | None = None
    looked: float = 0.0


def read_backups(wanted: tuple[Backup, ...], till: Till, memory: Memory) -> Iterator[Reading]:
    if not wanted:
        for condition in BACKUPS:
            yield condition.unknown(Reason.NOT_SET_UP)
        return
    known = memory.get_as(_KEY, dict[str, Known], {})
    until = till.monotonic_seconds() + READ_SECONDS
    for backup in wanted:
        known[backup.name] = yield from _backup(backup, known.get(backup.name, Known()), till, until)
    names = {backup.name for backup in wanted}
    memory.set(_KEY, msgspec.to_builtins({name: one for name, one in known.items() if name in names}))


def _backup(backup: Backup, known: Known, till: Till, until: float) -> Generator[Reading, None, Known]:
    try:
        files = backup_files(backup.path, till)
    except (OSError, TooManyError) as error:
        yield from _not_listed(backup, error)
        return known
    yield BACKUP_MISSING.failing_if(not files, backup.name, through=(backup.name,), pattern=backup.path)
    if not files:
        for condition in BACKUPS[1:]:
            yield condition.unknown(Reason.NOT_TESTED, backup.name, because=BACKUP_MISSING.code)
        return known
    now = till.wall_seconds()
    yield _age(backup, files[0], now)
    done = [file for file in files if file.is_ahead(now) or now - file.written >= SETTLED_SECONDS]
    if not done:
        for condition in (BACKUP_BROKEN, BACKUP_SHRUNK):
            yield condition.unknown(Reason.BUSY, backup.name, because="it is being written")
        return known
    known = _renewed(known, done)
    broken, known = _looked_into(backup, known, done[0], till, until)
    yield broken
    yield _shrunk(backup, known, done[0])
    return known


def _not_listed(backup: Backup, error: OSError | TooManyError) -> Iterator[Reading]:
    reason, because = Reason.NOT_TESTED, "too many files in its folder"
    if isinstance(error, OSError):
        because = error.strerror or UNREADABLE
    if isinstance(error, PermissionError):
        reason = Reason.NO_PERMISSION
        because = f"setfacl -m u:poshealth:rx {PurePosixPath(backup.path).parent}"
    for condition in BACKUPS:
        yield condition.unknown(reason, backup.name, because=because)


def _age(backup: Backup, newest: BackupFile, now: float) -> Reading:
    if now < RELEASED:
        return BACKUP_TOO_OLD.unknown(Reason.NOT_TESTED, backup.name, because=CLOCK_RESET.code)
    if newest.is_ahead(now):
        return BACKUP_TOO_OLD.unknown(Reason.NOT_TESTED, backup.name, because="its date lies in the future")
    hours = (now - newest.written) / 3600
    return BACKUP_TOO_OLD.failing_if(
        hours > backup.max_age_hours,
        backup.name,
        through=(backup.name,),
        made=as_fact(newest.written),
        hours=max(round(hours), 0),
        most_hours=backup.max_age_hours,
    )


def _renewed(known: Known, done: list[BackupFile]) -> Known:
    """A new file makes the one before history: the remembered one, at the first look the next on the disk."""
    newest = done[0]
    if known.written == newest.written and known.size == newest.size:
        return known
    before = known.size or (done[1].size if len(done) > 1 else 0)
    return Known(written=newest.written, size=newest.size, before=before)


def _looked_into(
    backup: Backup, known: Known, file: BackupFile, till: Till, until: float
) -> tuple[Reading, Known]:
    if backup.kind == "none":
        return BACKUP_BROKEN.unknown(Reason.NOT_SET_UP, backup.name), known
    now, left = till.wall_seconds(), until - till.monotonic_seconds()
    if (known.found is None or not 0 <= now - known.looked < AGAIN_SECONDS) and left > 0:
        try:
            found = fault_of(
                file.path, backup.kind, left, lambda seconds: _restored(till, file.path, seconds)
            )
        except (TooLongError, MemoryError):
            if left < ENOUGH_SECONDS:
                return _verdict(backup, known, file), known
            found = _TOO_LONG
        except NoReaderError as error:
            return BACKUP_BROKEN.unknown(Reason.NOT_SUPPORTED, backup.name, because=str(error)), known
        except OSError as error:
            if error.errno != errno.EIO:
                return _not_opened(backup, error), known
            found = UNREADABLE
        known = msgspec.structs.replace(known, found=found, looked=now)
    return _verdict(backup, known, file), known


def _not_opened(backup: Backup, error: OSError) -> Reading:
    """It may be as whole as ever, and is asked for again in the next round."""
    if isinstance(error, PermissionError):
        because = f"setfacl -m u:poshealth:r {backup.path}"
        return BACKUP_BROKEN.unknown(Reason.NO_PERMISSION, backup.name, because=because)
    return BACKUP_BROKEN.unknown(Reason.NOT_TESTED, backup.name, because=error.strerror or UNREADABLE)


def _verdict(backup: Backup, known: Known, file: BackupFile) -> Reading:
    if known.found in (None, _TOO_LONG):
        because = "too large to read it now" if known.found else "its turn is in the next round"
        return BACKUP_BROKEN.unknown(Reason.TIMED_OUT, backup.name, because=because)
    return BACKUP_BROKEN.failing_if(
        bool(known.found),
        backup.name,
        through=(backup.name,),
        file=shortened(file.path.name, 60),
        found=known.found or "",
    )


def _restored(till: Till, path: Path, seconds: float) -> Completed | None:
    """pg_restore(1) with a file in the place of a database reads and unpacks all of it."""
    program = till.path(PG_RESTORE)
    if not program.exists():
        return None
    return till.run(str(program), "--file=/dev/null", "--", str(path), timeout_seconds=seconds)


def _shrunk(backup: Backup, known: Known, file: BackupFile) -> Reading:
    """Until the next backup, which is compared with this one."""
    if not known.before:
        return BACKUP_SHRUNK.unknown(Reason.NOT_TESTED, backup.name, because="no earlier one to compare with")
    shrunk = known.before >= SMALL_BYTES and known.size < known.before * SHRUNK_BELOW
    return BACKUP_SHRUNK.failing_if(
        shrunk,
        backup.name,
        through=(backup.name,),
        file=shortened(file.path.name, 60),
        kibibytes=known.size // 1024,
        before_kibibytes=known.before // 1024,
    )
