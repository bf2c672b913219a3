"""What statements do to a packet, and what becomes of it. Source: nft(8), STATEMENTS."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final

from msgspec import Struct

from protocols.nft.packet import Turn, Way
from protocols.nft.ruleset import Place, Statement

TRANSLATIONS: Final = frozenset({"snat", "dnat", "redirect", "masquerade"})
VERDICTS: Final = frozenset({"accept", "drop", "reject", "return", "continue", "jump", "goto"})
INDIFFERENT: Final = frozenset({"counter", "log", "flow", "ct helper", "ct timeout", "ct expectation"})
CONDITIONS: Final = frozenset({"limit", "quota", "ct count", "meter", "set", "map", "last"})  # told by none
INDIFFERENT_TARGETS: Final = frozenset({"LOG", "NFLOG", "AUDIT", "TRACE", "MARK", "CONNMARK", "TCPMSS"})


class End(Enum):
    ACCEPTED = "accepted"
    DROPPED = "dropped"
    RETURNED = "returned"
    GOES_ON = "goes on"


UNTOLD: Final = frozenset({End.ACCEPTED, End.DROPPED, End.GOES_ON})
Ends = frozenset[End]


class Blocker(Struct, frozen=True, kw_only=True):
    """A rule that blocks a packet for certain, or may. `handle` 0 is a chain's policy.

    `packets`: its counter, where it has one behind its last condition; else None.
    """

    way: Way
    turn: Turn
    family: str
    table: str
    chain: str
    handle: int
    words: str
    is_certain: bool
    rejects: bool = False
    packets: int | None = None

    @property
    def place(self) -> Place:
        return self.family, self.table, self.chain, self.handle


def parts(statement: Statement) -> tuple[str, Any]:
    """Its kind and its body; ("", None) for what is no statement."""
    if isinstance(statement, dict) and len(statement) == 1:
        return next(iter(statement.items()))
    return "", None
