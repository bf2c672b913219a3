"""Whether settings files are as they were approved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from probes.settlement.options import ApprovedFile
from probes.settlement.posting_conditions import DIFFER
from probes.till import MAX_OUTPUT_BYTES, Till
from vocabulary.moments import as_fact
from vocabulary.reading import Reading, Reason


def read_approved(wanted: tuple[ApprovedFile, ...], till: Till) -> Iterator[Reading]:
    if not wanted:
        yield DIFFER.unknown(Reason.NOT_SET_UP, because="approved_settings is not set")
    for each in wanted:
        yield _read(each, till)


def _read(wanted: ApprovedFile, till: Till) -> Reading:
    try:
        content, changed = till.read_bytes(wanted.path), till.stat(wanted.path).st_mtime
    except FileNotFoundError:
        return DIFFER.failing(wanted.path, fingerprint="not there", since=as_fact(till.wall_seconds()))
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
