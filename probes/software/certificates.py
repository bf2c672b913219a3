"""The till's own certificates, in files: how long they are good, and whether they can be read at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from probes.software.conditions import (
    CERTIFICATE_EXPIRING_SOON,
    CERTIFICATE_EXPIRING_THIS_WEEK,
    CERTIFICATE_EXPIRING_TOMORROW,
    CERTIFICATE_EXPIRING_VERY_SOON,
    CERTIFICATE_NOT_VALID,
    CERTIFICATE_UNUSABLE,
)
from probes.till import Till
from protocols.certificates import Certificate, read_file
from vocabulary.reading import ANYWHERE, Fact, Reading, Reason

STEPS: Final = (
    (1, CERTIFICATE_EXPIRING_TOMORROW),
    (7, CERTIFICATE_EXPIRING_THIS_WEEK),
    (14, CERTIFICATE_EXPIRING_VERY_SOON),
    (30, CERTIFICATE_EXPIRING_SOON),
)
_DATES: Final = (CERTIFICATE_NOT_VALID, *(condition for _, condition in STEPS))
# PKCS #12 begins with version 3 (RFC 7292 section 4); Java's JKS and JCEKS with four bytes of their own.
_KEY_STORE: Final = re.compile(
    rb"\x30(?:[\0-\x80]|\x81.|\x82..|\x83...|\x84....)\x02\x01\x03|\xfe\xed\xfe\xed|\xce\xce\xce\xce",
    re.DOTALL,
)


def read_certificates(paths: tuple[str, ...], till: Till) -> Iterator[Reading]:
    for path in dict.fromkeys(paths):
        yield from _file(path, till)
    if not paths:
        for condition in (CERTIFICATE_UNUSABLE, *_DATES):
            yield condition.unknown(Reason.NOT_SET_UP)


def _file(path: str, till: Till) -> Iterator[Reading]:
    try:
        if not till.path(path).is_file():
            yield from _unusable(path, "it is no file" if till.exists(path) else "there is no such file")
            return
        content = till.read_bytes(path)
    except PermissionError:
        yield from _unknown(path, Reason.NO_PERMISSION, grant_command(path, till))
    except OSError:
        yield from _unusable(path, "it cannot be read")
    else:
        yield from _content(path, content, till.wall_seconds())


def _content(path: str, content: bytes, now: float) -> Iterator[Reading]:
    if _KEY_STORE.match(content):
        yield from _unknown(path, Reason.NOT_SUPPORTED, "a key store under a password")
        return
    try:
        found = read_file(content)
    except ValueError:
        yield from _unusable(path, "it is damaged")
        return
    if found:
        yield CERTIFICATE_UNUSABLE.ok(path)
        yield from _dates(path, _newest(found, now), now)
    else:
        yield from _unusable(path, "there is no certificate in it")


def _newest(found: Iterable[Certificate], now: float) -> list[Certificate]:
    """Of several for one name, as after a renewal, the one that is good today, else that which ends last."""
    best: dict[bytes, Certificate] = {}
    for each in sorted(found, key=lambda each: (each.is_valid(now), each.not_after)):
        best[each.subject_id] = each
    return list(best.values())


def _dates(path: str, certificates: list[Certificate], now: float) -> Iterator[Reading]:
    first = min(certificates, key=lambda each: (each.is_valid(now), each.not_after))
    facts: dict[str, Fact] = {
        "ending": first.name or "unknown",
        "issuer": first.issuer or "unknown",
        "begins": first.begins,
        "ends": first.ends,
        "stops_at": first.ends_at,
        "days_left": first.days_left(now),
    }
    yield CERTIFICATE_NOT_VALID.failing_if(not first.is_valid(now), path, through=(ANYWHERE,), **facts)
    for days, condition in STEPS:
        if first.is_valid(now):
            yield condition.failing_if(first.days_left(now) <= days, path, through=(path,), **facts)
        else:
            yield condition.unknown(Reason.NOT_TESTED, path, because=CERTIFICATE_NOT_VALID.code)


def _unusable(path: str, seen: str) -> Iterator[Reading]:
    yield CERTIFICATE_UNUSABLE.failing(path, seen=seen)
    for condition in _DATES:
        yield condition.unknown(Reason.NOT_TESTED, path, because=CERTIFICATE_UNUSABLE.code)


def _unknown(path: str, reason: Reason, because: str) -> Iterator[Reading]:
    for condition in (CERTIFICATE_UNUSABLE, *_DATES):
        yield condition.unknown(reason, path, because=because)


def grant_command(path: str, till: Till) -> str:
    """What lets us read `path` and nobody else more: often a private key is in the same file or folder."""
    for folder in reversed(PurePosixPath(path).parents):
        if not os.access(till.path(str(folder)), os.X_OK):
            return f"setfacl -m u:poshealth:x {folder}"
    return f"setfacl -m u:poshealth:r {path}"
