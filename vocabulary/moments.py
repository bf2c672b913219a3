"""A moment of the terminal's clock with its zone: one form as a fact, one as people say it on the phone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_FACT: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)([+-])(\d\d):(\d\d)")


def local(seconds: float) -> datetime:
    """In this machine's zone, which is the store's; `seconds` since 1970 UTC."""
    return datetime.fromtimestamp(seconds, UTC).astimezone()


def as_fact(seconds: float) -> str:
    """As "2026-11-21T21:40+08:00" (ISO 8601) in this machine's zone; `seconds` since 1970 UTC."""
    return local(seconds).isoformat(timespec="minutes")


def as_said(text: str) -> str:
    """Every such moment in `text` as "2026-11-21 21:40 UTC+8"."""
    return _FACT.sub(lambda found: f"{found[1]} {found[2]} {_zone(*found.group(3, 4, 5))}", text)


def said_on(text: str, seconds: float) -> str:
    """A text of `as_said` without the date of the day of `seconds`: "21:40 UTC+8"."""
    day = as_fact(seconds).partition("T")[0]
    return re.sub(rf"\b{day} (?=\d\d:\d\d UTC)", "", text)


def _zone(sign: str, hours: str, minutes: str) -> str:
    if hours == minutes == "00":
        return "UTC"
    return f"UTC{sign}{int(hours)}" + (f":{minutes}" if minutes != "00" else "")
