"""Whether settings files are as they were approved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from probes.memory import Memory, MemoryFullError
from probes.payment_lines.clock import RELEASED
from probes.settlement.options import ApprovedFile
from probes.settlement.posting_conditions import DIFFER
from probes.till import MAX_OUTPUT_BYTES, Till
from vocabulary.moments import as_fact
from vocabulary.reading import Reading, Reason

_KEY: Final = "approved"  # when each file that is gone was missed first, in wall seconds


def read_approved(wanted: tuple[ApprovedFile, ...], till: Till, memory: Memory) -> Iterator[Reading]:
    if not wanted:
        yield DIFFER.unknown(Reason.NOT_SET_UP, because="approved_settings is not set")
    now = till.wall_seconds()
    kept = memory.get_as(_KEY, dict[str, float], {})
    before = {name: at for name, at in kept.items() if RELEASED <= at <= now}  # by a clock that was right
    gone: dict[str, float] = {}
    for each in wanted:
        try:
            yield _read(each, till)
        except FileNotFoundError:
            name = _short(each.path)
            gone[name] = before.get(name, now)
            yield DIFFER.failing(each.path, fingerprint="not there", since=as_fact(gone[name]))
        except OSError as error:
            yield _not_read(each, error)
    if gone != kept:
        with suppress(MemoryFullError):
            memory.set(_KEY, gone)


def _short(path: str) -> str:
    """Twenty paths of any length take little of the memory."""
    return hashlib.sha256(path.encode()).hexdigest()[:8]


def _read(wanted: ApprovedFile, till: Till) -> Reading:
    """Raise OSError."""
    content, changed = till.read_bytes(wanted.path), till.stat(wanted.path).st_mtime
    if len(content) == MAX_OUTPUT_BYTES:
        return DIFFER.unknown(Reason.NOT_SUPPORTED, wanted.path, because="longer than 1 MiB")
    found = hashlib.sha256(content).hexdigest()
    return DIFFER.failing_if(
        found != wanted.sha256, wanted.path, fingerprint=found[:8], since=as_fact(changed)
    )


def _not_read(wanted: ApprovedFile, error: OSError) -> Reading:
    if isinstance(error, PermissionError):
        return DIFFER.unknown(
            Reason.NO_PERMISSION, wanted.path, because=f"setfacl -m u:poshealth:r {wanted.path}"
        )
    return DIFFER.unknown(Reason.NOT_TESTED, wanted.path, because=error.strerror or "not readable")
