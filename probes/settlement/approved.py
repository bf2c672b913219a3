"""Whether settings files are as they were approved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from probes.memory import Memory, MemoryFullError
from probes.settlement.options import ApprovedFile
from probes.settlement.posting_conditions import DIFFER
from probes.till import MAX_OUTPUT_BYTES, Till
from vocabulary.moments import as_fact
from vocabulary.reading import Reading, Reason

_KEY: Final = "approved"  # when each file that is gone was missed first, in wall seconds


def read_approved(wanted: tuple[ApprovedFile, ...], till: Till, memory: Memory) -> Iterator[Reading]:
    if not wanted:
        yield DIFFER.unknown(Reason.NOT_SET_UP, because="approved_settings is not set")
    before = memory.get_as(_KEY, dict[str, float], {})
    gone: dict[str, float] = {}
    for each in wanted:
        try:
            yield _read(each, till)
        except FileNotFoundError:
            name = _short(each.path)
            gone[name] = before.get(name, till.wall_seconds())
            yield DIFFER.failing(each.path, fingerprint="not there", since=as_fact(gone[name]))
    if gone != before:
        with suppress(MemoryFullError):
            memory.set(_KEY, gone)


def _short(path: str) -> str:
    """Twenty paths of any length take little of the memory."""
    return hashlib.sha256(path.encode()).hexdigest()[:8]


def _read(wanted: ApprovedFile, till: Till) -> Reading:
    """Raise FileNotFoundError."""
    try:
        content, changed = till.read_bytes(wanted.path), till.stat(wanted.path).st_mtime
    except FileNotFoundError:
        raise
    except PermissionError:
        return DIFFER.unknown(
            Reason.NO_PERMISSION, wanted.path, because=f"setfacl -m u:poshealth:r {wanted.path}"
        )
    except OSError as error:
        return DIFFER.unknown(Reason.NOT_TESTED, wanted.path, because=error.strerror or "not readable")
    if len(content) == MAX_OUTPUT_BYTES:
        return DIFFER.unknown(Reason.NOT_SUPPORTED, wanted.path, because="longer than 1 MiB")
    found = hashlib.sha256(content).hexdigest()
    return DIFFER.failing_if(
        found != wanted.sha256, wanted.path, fingerprint=found[:8], since=as_fact(changed)
    )
