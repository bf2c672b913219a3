"""Why a terminal was not heard for a while, and when its store is closed."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Why(StrEnum):
    """CLOSED is switched off in an orderly way while the store was, or was about to be, closed.

    The four AGENT ones left the till itself running; POWER_CUT is any end of the till without a word.
    """

    CLOSED = "closed"
    SWITCHED_OFF = "switched-off"
    REBOOTED = "rebooted"
    AGENT_RESTARTED = "agent-restarted"
    AGENT_STOPPED = "agent-stopped"
    AGENT_RENEWED = "agent-renewed"
    AGENT_CRASHED = "agent-crashed"
    POWER_CUT = "power-cut"
    LINE_CUT = "line-cut"
    SLEPT = "slept"


class Absence(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`why` is a Why, or a newer terminal's own word. Seconds since 1970 UTC by the terminal's clock; `until`
    is 0 while it lasts: the terminal said that it was going.
    """

    why: str
    since: float
    until: float = 0.0


class Closing(Struct, frozen=True):
    """The store `closes` (or is closed already), then `opens`; seconds since 1970 UTC, the till's clock."""

    closes: float
    opens: float
