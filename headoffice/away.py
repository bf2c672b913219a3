"""Why a terminal that is not heard is not heard, as far as it said so itself."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from headoffice.lookup import Entry
from vocabulary.absence import Why

_OFF: Final = (Why.CLOSED, Why.SWITCHED_OFF)


class Away(Struct, frozen=True, kw_only=True):
    """`why` is a Why, or a newer terminal's own word; empty where it said nothing. `expected`: it is off as
    it should be, and nobody need look. `back_by` is when its store opens, by head office's clock, or None.
    """

    why: str = ""
    expected: bool = False
    back_by: float | None = None


def away(entry: Entry, now: float, patience_seconds: float) -> Away:
    """Of a terminal that has been silent for longer than `patience_seconds`.

    1. It said that it goes: switched off is as it should be until its store opens, a restart is not.
    2. It said nothing, but fell silent when its store closed: the switch at the wall is as good.
    """
    glance = entry.glance
    if glance is None:
        return Away()
    closing = glance.closing
    closes, opens = (closing.closes, closing.opens) if closing else (None, None)
    back_by = None if opens is None else opens - entry.clock_ahead
    in_time = back_by is None or now < back_by + patience_seconds
    last = glance.absences[-1] if glance.absences else None
    if last and not last.until:
        return Away(why=last.why, expected=last.why in _OFF and in_time, back_by=back_by)
    fell_silent = entry.last_contact + entry.clock_ahead + patience_seconds
    if closes is not None and fell_silent >= closes and in_time:
        return Away(why=Why.CLOSED, expected=True, back_by=back_by)
    return Away()
