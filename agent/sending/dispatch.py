"""What goes to the central side when, and what each outcome does to the outbox."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from agent.outbox.outbox import Outbox
from agent.outbox.spool import Load
from agent.outbox.spool_records import decoded
from agent.sending import retry
from agent.sending.courier import Courier
from agent.sending.delivery import Delivered, Outcome, Undelivered
from vocabulary import plain, wire

PARCEL_ROWS = 200
PARCEL_BYTES = 256 * 1024
OUTAGE_FAILURES = 3  # in a row: a single lost parcel is no outage
CONFLICT_SECONDS = 86400.0  # as long as head office shows a doubtful identity
PACE_SECONDS = 0.2  # between two parcels of a backlog: a store's line stays free for sales


class Unreached(Struct, frozen=True):
    """Since when (monotonic seconds) no delivery succeeded, and one of vocabulary.wire.OUTAGE_CAUSES."""

    since: float
    cause: str


class Dispatch:
    """One parcel on the way at most. Times are monotonic seconds.

    `plainly`: to an endpoint of the customer's own, one record a request.
    `conflict_at`: when head office last held somebody else's records under our numbers. `answered`: the id of
    the question that was answered there.
    """

    def __init__(
        self,
        terminal: str,
        outbox: Outbox,
        courier: Courier,
        *,
        every_seconds: float = 60.0,
        plainly: bool = False,
    ) -> None:
        self._terminal = terminal
        self.every_seconds = every_seconds
        self._outbox = outbox
        self._courier = courier
        self.plainly = plainly
        self._most_rows = 1 if plainly else PARCEL_ROWS
        self._rows = self._most_rows
        self._next_at = 0.0
        self._asked_until = 0.0
        self._sent: list[int] = []
        self._sent_spool = ""
        self._unreached: Unreached | None = None
        self.newest: wire.Full | None = None
        self.failures = 0
        self.trouble = ""
        self.is_refused = False
        self.needs_full = False
        self.delivered_at: float | None = None
        self.conflict_at: float | None = None
        self.answered = ""

    @property
    def whom(self) -> str:
        """As sentences call it."""
        return "the central endpoint" if self.plainly else "head office"

    @property
    def next_at(self) -> float | None:
        """When the next parcel may go; None where nothing waits or one is on its way."""
        return None if self._courier.busy or self._outbox.is_empty else self._next_at

    @property
    def unreached(self) -> Unreached | None:
        """None while head office answers, or has only just begun not to."""
        return self._unreached if self.failures >= OUTAGE_FAILURES else None

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
            self._next_at = max(now, self._asked_until)

    def _send(self) -> None:
        load = self._outbox.load(self._rows, PARCEL_BYTES)
        self._sent, self._sent_spool = [record.sequence for record in load.records], load.spool
        body = self._plain(load) if self.plainly else self._parcel(load)
        if body:
            self._courier.send(body)

    def _plain(self, load: Load) -> bytes:
        """Empty where the record is one of an earlier release that this one cannot read: it is set aside."""
        (record,) = load.records
        try:
            return plain.encode(self._terminal, load.spool, decoded(record.body))
        except (msgspec.MsgspecError, ValueError, OverflowError) as error:
            self._outbox.set_aside(load.spool, record.sequence, f"cannot be read: {error}"[:200])
            return b""

    def _parcel(self, load: Load) -> bytes:
        parcel: dict[str, object] = {
            "version": wire.VERSION,
            "terminal": self._terminal,
            "spool": load.spool,
            "every_seconds": self.every_seconds,
            "records": [msgspec.Raw(record.body) for record in load.records],
        }
        if self._is_news(load.spool):
            parcel["newest"] = self.newest
        return msgspec.json.encode(parcel)

    def _is_news(self, spool: str) -> bool:
        """Whether the newest state is not among the records on their way, or before them."""
        newest, present = self.newest, self._outbox.spool_id
        if newest is None or newest.report.spool_id != present:
            return False
        return spool != present or newest.sequence > self._sent[-1]

    def _settle(self, outcome: Outcome, now: float) -> None:
        self.is_refused = isinstance(outcome, Undelivered) and outcome.kind == "unauthorised"
        if isinstance(outcome, Delivered):
            self._confirm(outcome.answer, now)
        else:
            self._keep(outcome, now)

    def _confirm(self, answer: wire.Answer, now: float) -> None:
        self.failures, self.trouble, self._unreached, self.delivered_at = 0, "", None, now
        self._rows = min(self._most_rows, self._rows * 2)
        self.needs_full, self.answered = answer.needs_full, answer.answered
        rejected = [
            each for each in answer.accepted if each.outcome == "rejected" and each.sequence in self._sent
        ]
        self._part_ways([each.sequence for each in rejected if each.reason == "conflict"], now)
        for verdict in rejected:
            self._outbox.set_aside(self._sent_spool, verdict.sequence, verdict.reason)
        self._outbox.confirm(self._sent_spool, answer.stored_through)
        self._asked_until = now + min(answer.next_seconds, retry.MAX_NEXT_SECONDS)
        self._next_at = max(now + PACE_SECONDS, self._asked_until)

    def _part_ways(self, conflicts: list[int], now: float) -> None:
        """Another till, or an older life of this one, has our numbers: go on under a new spool.

        Not twice in a day: an answer that says so every time must not begin spools without end.
        """
        if not conflicts or self._outbox.spool_id != self._sent_spool:
            return
        if self.conflict_at is None or now - self.conflict_at > CONFLICT_SECONDS:
            self._outbox.begin_anew(min(conflicts))
            self.conflict_at = now

    def _keep(self, outcome: Undelivered, now: float) -> None:
        self.failures += 1
        self._unreached = self._unreached or Unreached(now, outcome.cause)
        self.trouble = outcome.detail
        wait = retry.delay_seconds(self.failures, asked_seconds=outcome.retry_after_seconds)
        if outcome.kind == "unauthorised":
            wait = retry.unauthorised_seconds()
        elif outcome.kind in {"too-large", "refused"}:
            wait = self._bisect(outcome)
        self._next_at = now + wait

    def _bisect(self, outcome: Undelivered) -> float:
        """Halve until the record that is in the way stands alone, then set it aside.

        An endpoint may answer 400 to everything, and nothing proves that it is not the whole of it: later
        and later, not the whole outbox at once.
        """
        if len(self._sent) > 1:
            self._rows = max(1, len(self._sent) // 2)
        elif self._sent:
            self._outbox.set_aside(self._sent_spool, self._sent[0], outcome.detail)
        return retry.delay_seconds(self.failures) if self.plainly else PACE_SECONDS
