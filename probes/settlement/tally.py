"""What a log has told so far, small enough to be remembered. Pure."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from probes.settlement.lines import Event
from probes.settlement.messages import Message, recognise

MAX_OPEN: Final = 12  # sales without a receipt and slips not made that are remembered; newer push out older


class Open(Struct):
    """Something that was asked for and has not come yet."""

    number: str
    at: float


class Tally(Struct):
    """Times are wall seconds, 0 where there was none. `failure` is what a failed settlement meant."""

    sales: int = 0
    first_sale_at: float = 0.0
    settled_at: float = 0.0
    begun_at: float = 0.0
    failure: Message | None = None
    last_number: str = ""
    last_at: float = 0.0
    last_failed: bool = False
    unprinted: list[Open] = []
    slips: list[Open] = []

    def take(self, event: Event) -> None:
        number = event.number
        match event.what:
            case "sale":
                self._sold(number, event.at)
            case "receipt":
                self._printed(number)
            case "receipt_failed":
                self.last_failed = self.last_failed or number in ("", self.last_number)
            case "settlement_begun":
                self.begun_at, self.failure = event.at, None
            case "settlement_failed":
                self.begun_at, self.failure = self.begun_at or event.at, recognise(event.said)
            case "settled":
                self.settled_at, self.begun_at, self.failure = event.at, 0.0, None
                self.sales, self.first_sale_at = 0, 0.0
            case "slip_asked":
                self.slips = [*self.slips, Open(number, event.at)][-MAX_OPEN:]
            case "slip_made":
                self.slips = [each for each in self.slips if each.number != number]

    def _sold(self, number: str, at: float) -> None:
        self.sales += 1
        self.first_sale_at = self.first_sale_at or at
        self.last_number, self.last_at, self.last_failed = number, at, False
        self.unprinted = [*self.unprinted, Open(number, at)][-MAX_OPEN:]

    def _printed(self, number: str) -> None:
        """Without a number it is the newest sale's."""
        printed = number or self.last_number
        self.unprinted = [each for each in self.unprinted if each.number != printed]
        self.last_failed = self.last_failed and printed != self.last_number
