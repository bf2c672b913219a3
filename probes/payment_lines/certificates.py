"""What the certificates of a line's host say: their names, their dates, and whether one is pinned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from probes.payment_lines.conditions import (
    TLS_EXPIRING_SOON,
    TLS_EXPIRING_THIS_WEEK,
    TLS_EXPIRING_TOMORROW,
    TLS_EXPIRING_VERY_SOON,
    TLS_PIN_MISMATCH,
)
from probes.payment_lines.walk import UNKNOWN, Walk
from protocols.certificates import Certificate
from vocabulary.reading import Fact, Reading, Reason
from vocabulary.redaction import shortened

NOT_READ: Final = "no certificate could be read"
# Long enough for an acquirer's change window, its last one, its last working day, and the last call.
STEPS: Final = (
    (1, TLS_EXPIRING_TOMORROW),
    (7, TLS_EXPIRING_THIS_WEEK),
    (14, TLS_EXPIRING_VERY_SOON),
    (30, TLS_EXPIRING_SOON),
)
_NAME_LETTERS: Final = 40


def certificate_facts(chain: tuple[Certificate, ...]) -> dict[str, Fact]:
    """What a person reads out: of the host's own, and which of the chain ends first and begins last.

    "unknown" for what could not be read.
    """
    if not chain:
        keys = (
            "begins",
            "beginning",
            "ends",
            "ending",
            "issuer",
            "owner_name",
            "names",
            "sha256",
            "key_sha256",
        )
        return dict.fromkeys(keys, UNKNOWN)
    leaf = chain[0]
    first, last = first_to_end(chain), max(chain, key=lambda each: each.not_before)
    return {
        "begins": last.begins,
        "beginning": last.name or UNKNOWN,
        "ends": first.ends,
        "ending": first.name or UNKNOWN,
        "issuer": leaf.issuer or UNKNOWN,
        "owner_name": leaf.name or UNKNOWN,
        "names": ", ".join(leaf.names[:3]) or UNKNOWN,
    }


def first_to_end(chain: Iterable[Certificate]) -> Certificate:
    """An authority that ends before the certificates it signed takes them with it."""
    return min(chain, key=lambda each: each.not_after)


def chain_in_words(chain: tuple[Certificate, ...]) -> str:
    """Each with its last day, before the one that signed it."""
    return (
        " < ".join(f"{shortened(each.name or UNKNOWN, _NAME_LETTERS)} {each.ends}" for each in chain)
        or UNKNOWN
    )


def days_left(walk: Walk) -> Iterator[Reading]:
    """Of the whole chain up to the authority this till trusts."""
    name, way = walk.line.name, walk.through
    chain = walk.handshake.chain if walk.handshake else ()
    if not chain:
        reason = Reason.NOT_TESTED if walk.line.tls else Reason.NOT_SET_UP
        for _, condition in STEPS:
            yield condition.unknown(reason, name, because=NOT_READ, through=way)
        return
    first = first_to_end(chain)
    days = first.days_left(walk.now)
    good: dict[str, Fact] = {"days_left": days, "stops_at": first.ends_at}  # four times in every report
    bad = walk.facts | good | {"chain": chain_in_words(chain)}
    for step, condition in STEPS:
        broken = days <= step
        yield condition.failing_if(broken, name, through=way, **(bad if broken else good))


def is_pinned(chain: Iterable[Certificate], pins: Iterable[str]) -> bool:
    wanted = set(pins)
    return any(wanted & {each.sha256, each.key_sha256} for each in chain)


def pinned(walk: Walk) -> Reading:
    name, way = walk.line.name, walk.through
    if not walk.line.pins or not walk.line.tls:
        return TLS_PIN_MISMATCH.unknown(Reason.NOT_SET_UP, name, through=way)
    if walk.obstacle == TLS_PIN_MISMATCH.code and walk.handshake and (leaf := walk.handshake.leaf):
        shown = {"sha256": leaf.sha256, "key_sha256": leaf.key_sha256, "fingerprint": leaf.sha256[:16]}
        return TLS_PIN_MISMATCH.failing(name, through=way, **walk.facts | shown)
    if walk.obstacle or walk.handshake is None or walk.handshake.verdict != "ok":
        because = walk.broken.code if walk.broken else walk.obstacle
        return TLS_PIN_MISMATCH.unknown(walk.reason, name, because=because, through=way)
    return TLS_PIN_MISMATCH.ok(name, through=way)
