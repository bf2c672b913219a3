"""What became of a slip that was sent once, told apart: never more is claimed than was heard."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Printing(StrEnum):
    """PRINTED: the printer confirmed the end of printing. ACCEPTED: whoever took the bytes has processed all.
    UNKNOWN: some went out and nothing more is known. NOT_SENT: none did.
    """

    PRINTED = "printed"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    NOT_SENT = "not-sent"


class PrintResult(Struct, frozen=True):
    outcome: Printing
    detail: str = ""
