"""What goes to head office when, and what each outcome does to the outbox."""

from __future__ import annotations

import msgspec

from agent import retry
from agent.courier import Courier
from agent.delivery import Delivered, Outcome, Undelivered
from agent.outbox import Outbox
from vocabulary import wire

PARCEL_ROWS = 200
PARCEL_BYTES = 256 * 1024
PACE_SECONDS = 0.2  # between two parcels of a backlog: a store's line stays free for sales


class Dispatch:
    """One parcel on the way at most. Times are monotonic seconds."""

    def __init__(
        self, terminal: str, outbox: Outbox, courier: Courier, *, every_seconds: float = 60.0
    ) -> None:
        self._terminal = terminal
        self.every_seconds = every_seconds
        self._outbox = outbox
        self._courier = courier
        self._rows = PARCEL_ROWS
        self._next_at = 0.0
        self._sent: list[int] = []
        self.newest: wire.Full | None = None
        self.failures = 0
        self.trouble = ""
        self.needs_full = False
        self.delivered_at: float | None = None

    @property
    def next_at(self) -> float | None:
        """When the next parcel may go; None where nothing waits or one is on its way."""
        return None if self._courier.busy or self._outbox.is_empty else self._next_at

    def step(self, now: float) -> bool:
        """Send or receive what is possible; True where an outcome came in."""
        outcome = self._courier.poll(now)
        if outcome is not None:
            self._settle(outcome, now)
            return True
        at = self.next_at
        if at is not None and now >= at:
            self._send()
        return False

    def hurry(self, now: float) -> None:
        """Something changed: go at once, unless head office asked to wait."""
        if not self.failures:
            self._next_at = now

    def _send(self) -> None:
        stored = self._outbox.batch(self._rows, PARCEL_BYTES)
        self._sent = [record.sequence for record in stored]
        parcel: dict[str, object] = {
            "version": wire.VERSION,
            "terminal": self._terminal,
            "spool": self._outbox.spool_id,
            "every_seconds": self.every_seconds,
            "records": [msgspec.Raw(record.body) for record in stored],
        }
        if self.newest is not None and self.newest.sequence > self._sent[-1]:
            parcel["newest"] = self.newest
        self._courier.send(msgspec.json.encode(parcel))

    def _settle(self, outcome: Outcome, now: float) -> None:
        if isinstance(outcome, Delivered):
            self._confirm(outcome.answer, now)
        else:
            self._keep(outcome, now)

    def _confirm(self, answer: wire.Answer, now: float) -> None:
        self.failures, self.trouble, self.delivered_at = 0, "", now
        self._rows = min(PARCEL_ROWS, self._rows * 2)
        self.needs_full = answer.needs_full
        for verdict in answer.accepted:
            if verdict.outcome == "rejected" and verdict.sequence in self._sent:
                self._outbox.set_aside(verdict.sequence, verdict.reason)
        self._outbox.confirm(answer.stored_through)
        self._outbox.explain_gap(answer.stored_through)
        self._next_at = now + max(PACE_SECONDS, min(answer.next_seconds, retry.MAX_RETRY_AFTER_SECONDS))

    def _keep(self, outcome: Undelivered, now: float) -> None:
        self.failures += 1
        self.trouble = outcome.detail
        wait = retry.delay_seconds(self.failures, asked_seconds=outcome.retry_after_seconds)
        if outcome.kind == "unauthorised":
            wait = retry.UNAUTHORISED_SECONDS
        elif outcome.kind in {"too-large", "refused"}:
            wait = self._bisect(outcome)
        self._next_at = now + wait

    def _bisect(self, outcome: Undelivered) -> float:
        """Halve until the record that is in the way stands alone, then set it aside."""
        if len(self._sent) > 1:
            self._rows = max(1, len(self._sent) // 2)
        elif self._sent:
            self._outbox.set_aside(self._sent[0], outcome.detail)
        return PACE_SECONDS
