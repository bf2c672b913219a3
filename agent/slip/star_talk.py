"""What a Star printer says about a slip: ready or not, and by its ETB counter whether it is on paper."""

from __future__ import annotations

import time
from typing import Final

from agent.slip.outcome import Printing, PrintResult
from protocols.escpos.interview import Outcome
from protocols.escpos.port import Port
from protocols.star import status as star
from protocols.star.interview import interview

ETB: Final = b"\x17"
"""Waits for the end of printing of what stands before it, then counts (line mode spec. rev. 1.12 p. 3-54)."""

_STATUS_SECONDS: Final = 2.5
_AGAIN_SECONDS: Final = 0.3


class StarTalk:
    """There is no fence besides: without an ETB counter nothing is claimed."""

    end_of_job = ETB

    def __init__(self) -> None:
        self._before: int | None = None

    def hindrance(self, port: Port, deadline: float) -> str:
        found, frame = interview(port, min(deadline, time.monotonic() + _STATUS_SECONDS))
        if found.outcome is Outcome.SILENT:
            return ""
        said = star.decode_automatic(frame)
        if said is None:
            return "its answers are not understood"
        self._before = said.etb_count
        return "the printer says it cannot print now" if said.offline or said.paper_out else ""

    def confirmed(self, port: Port, until: float) -> PrintResult:
        """By frames that come by themselves; asked for only where none came (p. 5-11)."""
        if self._before is None:
            return PrintResult(
                Printing.UNKNOWN, "the printer took the slip and does not count what it printed"
            )
        received = b""
        while time.monotonic() < until:
            piece = port.read(min(until, time.monotonic() + _AGAIN_SECONDS))
            received += piece
            if any(map(self._counts, star.sort(received).frames)):
                return PrintResult(Printing.PRINTED)
            if not piece:
                received = b""
                port.write(star.STATUS_REQUEST, until)
        return PrintResult(Printing.UNKNOWN, "the printer took the slip and has not said that it is printed")

    def _counts(self, frame: bytes) -> bool:
        said = star.decode_automatic(frame)
        if said is None or said.etb_count is None or self._before is None:
            return False
        return star.etbs_between(self._before, said.etb_count) == 1
