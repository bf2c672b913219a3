"""Whether certificates fail by their dates because this till's clock is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from probes.payment_lines.conditions import CLOCK_AT_FAULT, TLS_EXPIRED, TLS_NOT_YET_VALID
from probes.payment_lines.figures import median
from probes.payment_lines.walk import Walk, group_of
from vocabulary.reading import Reading, Reason

TILLS_CLOCK: Final = ""  # the subject of what the device probe says of it: one till, one clock
RELEASED: Final = 1_793_491_200.0  # 2026-11-01: no till that runs this lives earlier


def read_clock(walks: list[Walk], synchronised: bool | None) -> Iterator[Reading]:
    late = _late_or_early(walks)
    wrong = wrong_by_the_clock(walks, synchronised)
    for walk in walks:
        name, way = walk.line.name, walk.through
        if walk in late:
            look = "expired" if walk.broken is TLS_EXPIRED else "not yet valid"
            yield CLOCK_AT_FAULT.failing_if(
                walk in wrong, name, through=(*way, TILLS_CLOCK), **walk.facts, look=look
            )
        elif _is_good_today(walk):
            yield CLOCK_AT_FAULT.ok(name, through=way)
        elif walk.line.tls:
            because = walk.broken.code if walk.broken else walk.obstacle
            yield CLOCK_AT_FAULT.unknown(walk.reason, name, because=because, through=way)
        else:
            yield CLOCK_AT_FAULT.unknown(Reason.NOT_SET_UP, name, through=way)


def wrong_by_the_clock(walks: list[Walk], synchronised: bool | None) -> list[Walk]:
    """The lines that fail only because of this till's clock, which the kernel holds `synchronised` or not.

    1. Surely, where the clock is earlier than this program.
    2. Not where the kernel holds it synchronised.
    3. Where hosts tell the time: those whose certificates are good at that time, no others.
    4. Not where nobody would know, or another certificate is good today.
    5. Where all begin in the future: nobody installs those, and a till with a flat battery wakes up early.
    6. Where two or more different ones are all over at once; a single one may well have been forgotten.
    """
    late = _late_or_early(walks)
    if any(walk.now < RELEASED for walk in late):
        return late
    if synchronised:
        return []
    told = [walk.host_ahead_seconds for walk in walks if walk.host_ahead_seconds is not None]
    if told:
        return [walk for walk in late if _is_good_at(walk, walk.now + median(told))]
    if synchronised is None or any(_is_good_today(walk) for walk in walks):
        return []
    if all(walk.broken is TLS_NOT_YET_VALID for walk in late):
        return late
    different = {walk.handshake.leaf for walk in late if walk.handshake}
    return late if len(different) > 1 and all(walk.broken is TLS_EXPIRED for walk in late) else []


def _late_or_early(walks: list[Walk]) -> list[Walk]:
    return [walk for walk in walks if walk.broken in (TLS_EXPIRED, TLS_NOT_YET_VALID)]


def _is_good_today(walk: Walk) -> bool:
    return walk.handshake is not None and walk.passed > group_of(TLS_EXPIRED)


def _is_good_at(walk: Walk, at: float) -> bool:
    chain = walk.handshake.chain if walk.handshake else ()
    return bool(chain) and all(each.is_valid(at) for each in chain)
