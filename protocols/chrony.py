"""What `chronyc -n -c tracking` says (chronyc(1)): one line of fields with commas."""

from __future__ import annotations

import re

from msgspec import Struct

_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?")


class Tracking(Struct, frozen=True, kw_only=True):
    """`slow_seconds`: the system clock is so far behind the server, negative where ahead."""

    server: str
    slow_seconds: float


def parse_tracking(text: str) -> Tracking | None:
    """None where there is no such line, or no server: reference id 0, or its own (7F7F0101)."""
    fields = text.strip().split(",")
    if len(fields) != 14 or fields[0] in ("00000000", "7F7F0101") or not _NUMBER.fullmatch(fields[4]):
        return None
    return Tracking(server=fields[1], slow_seconds=float(fields[4]))
