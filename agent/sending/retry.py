"""When to knock again: full jitter after the cap, and a clamp on what the other side asks for."""

from __future__ import annotations

import random

BASE_SECONDS = 2.0
CAP_SECONDS = 300.0  # 5,000 terminals after 30 minutes: peak 43 requests/s with full jitter at this cap
MAX_RETRY_AFTER_SECONDS = 3600.0
MAX_NEXT_SECONDS = 300.0  # what head office may ask of a till that is well
UNAUTHORISED_SECONDS = 900.0  # a wrong key does not heal by knocking


def delay_seconds(failures: int, *, asked_seconds: float = 0.0) -> float:
    """U(0, min(cap, base * 2^n)) after `failures` >= 1, on top of what was asked for.

    The jitter is applied after the cap, or there is none at the cap (a 28-minute outage taught fleetdm that).
    """
    ceiling = min(CAP_SECONDS, BASE_SECONDS * 2.0 ** min(failures, 16))
    return asked_seconds + random.uniform(0.0, ceiling)  # noqa: S311  spreading load, not a secret


def unauthorised_seconds() -> float:
    """A wrong token is often the whole fleet's."""
    return UNAUTHORISED_SECONDS + random.uniform(0.0, CAP_SECONDS)  # noqa: S311  as above


def retry_after_seconds(value: str, server_date: str) -> float:
    """RFC 9110 section 10.2.3: seconds or an HTTP-date, which is read against the server's own `Date`.

    0 where it makes no sense ("NaN", "-1", "9e99"), never above an hour.
    """
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), MAX_RETRY_AFTER_SECONDS)
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  0.3 MB: the courier alone reads dates

    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(server_date)
    except (ValueError, TypeError):
        return 0.0
    return min(max(wait.total_seconds(), 0.0), MAX_RETRY_AFTER_SECONDS)
