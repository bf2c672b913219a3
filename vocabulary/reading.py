"""What one look at one thing found."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct, field

Fact = str | int | float | bool

ANYWHERE = "*"  # in `through`: the way is not known, it could have gone over any subject

UNSEEN: Final = "not seen from here"  # a `because`: this till has no way to look, and never will have


class Status(StrEnum):
    """Unknown is not OK: a probe that could not look has not seen "ok"."""

    OK = "ok"
    FAILING = "failing"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a status is unknown.

    BUSY keeps the last value and its age; SETTLING is failing for less than its debounce.
    """

    NOT_TESTED = "not-tested"
    NOT_SUPPORTED = "not-supported"
    NOT_SET_UP = "not-set-up"
    NO_PERMISSION = "no-permission"
    BUSY = "busy"
    TIMED_OUT = "timed-out"
    PROBE_FAILED = "probe-failed"
    NOT_MENTIONED = "not-mentioned"
    SETTLING = "settling"
    STALE = "stale"


class Reading(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A condition's status for one subject ("eth0", "card/backup"); identity is `code` and `subject`.

    `through` names the subjects of lower conditions this result travelled over: this gateway, that resolver.
    Empty, or with ANYWHERE in it, it could have been any of them.
    """

    code: str
    status: Status
    subject: str = ""
    facts: dict[str, Fact] = field(default_factory=dict)
    through: tuple[str, ...] = ()
    reason: Reason | None = None
    because: str = ""

    @property
    def identity(self) -> tuple[str, str]:
        return self.code, self.subject
