"""Who vouches for a line's host, remembered from round to round: another one may be a box in between."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Final

import msgspec

from probes.memory import MAX_BYTES, Memory, MemoryFullError
from probes.payment_lines.certificates import NOT_READ
from probes.payment_lines.conditions import TLS_OTHER_ISSUER
from probes.payment_lines.options import Line
from probes.payment_lines.walk import UNKNOWN, Walk
from protocols.certificates import Certificate
from vocabulary.moments import as_fact
from vocabulary.reading import Reading, Reason
from vocabulary.redaction import shortened

NEW_SECONDS: Final = 7 * 86400.0  # a week: whoever looks once a week has seen it
_MEMORY: Final = "authorities"
_MOST_AUTHORITIES: Final = 4
_NAME_LETTERS: Final = 40
_ID_LETTERS: Final = 12  # hexadecimal: more could be taken for a card number and hidden, and match no more
_MOST_BYTES: Final = MAX_BYTES - 512  # the trace numbers need some

# id, since when (seconds since 1970 UTC; 0: from the beginning), name; oldest first
Authority = tuple[str, float, str]


def issuer_changed(walk: Walk) -> Reading:
    name, way = walk.line.name, walk.through
    if walk.line.pins or not walk.line.tls:
        return TLS_OTHER_ISSUER.unknown(Reason.NOT_SET_UP, name, through=way)
    if not walk.authority:
        return TLS_OTHER_ISSUER.unknown(Reason.NOT_TESTED, name, because=NOT_READ, through=way)
    changed = "earlier" in walk.authority
    facts = walk.facts | walk.authority if changed else walk.authority
    return TLS_OTHER_ISSUER.failing_if(changed, name, through=way, **facts)


def note_authority(walk: Walk, chain: tuple[Certificate, ...], memory: Memory) -> None:
    """Remember who stands at the end of the chain, and whether it is another one than in earlier rounds.

    The one in between changes with every renewal of many hosts, the one at the end hardly ever.
    """
    if not chain:
        return
    key, name = chain[-1].key_sha256[:_ID_LETTERS], chain[-1].name or UNKNOWN
    walk.authority = {"authority": name}
    known = remembered(memory)
    seen = known.setdefault(f"{walk.line.host}:{walk.line.port}", [])
    since = next((since for id_, since, _ in seen if id_ == key), None)
    if since is None or since > walk.now:  # then the clock was ahead
        seen[:] = [each for each in seen if each[0] != key]
        since = walk.now if seen else 0.0
        seen.append((key, since, shortened(name, _NAME_LETTERS)))
        del seen[1 : -_MOST_AUTHORITIES + 1]
        _remember(memory, known)
    if walk.now - since < NEW_SECONDS:
        before = [earlier for id_, start, earlier in seen if id_ != key and walk.now - start >= NEW_SECONDS]
        if before:
            walk.authority |= {"since": as_fact(since), "earlier": before[-1]}


def remembered(memory: Memory) -> dict[str, list[Authority]]:
    """By host and port; empty where the memory holds anything else."""
    try:
        kept = msgspec.convert(memory.get(_MEMORY, {}), dict[str, list[Authority]])
    except msgspec.ValidationError:
        return {}
    return {
        host: [(id_[:_ID_LETTERS], since, name) for id_, since, name in seen] for host, seen in kept.items()
    }


def forget_others(memory: Memory, lines: Iterable[Line]) -> None:
    """Hosts that are no longer in the settings."""
    known = remembered(memory)
    wanted = {f"{line.host}:{line.port}" for line in lines if line.tls and not line.pins}
    if known.keys() - wanted:
        _remember(memory, {host: seen for host, seen in known.items() if host in wanted})


def _remember(memory: Memory, known: dict[str, list[Authority]]) -> None:
    """Of more than some thirty hosts only the first ones."""
    if len(msgspec.json.encode(known)) <= _MOST_BYTES:
        with contextlib.suppress(MemoryFullError):
            memory.set(_MEMORY, known)
