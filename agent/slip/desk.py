"""Slips as the daemon's business: who wants one, whether it may print now, and what became of it.

One slip is under way at most, and one more waits. What waits is composed when it may print, so it says what
is true then. Every step on the way to the paper is in the journal before it is taken.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, cast

from msgspec import Struct

from agent.control import Client, Request
from agent.running.children import Child, Ending
from agent.settings.settings import Settings
from agent.slip import rule
from agent.slip.composing import Order, compose
from agent.slip.emergency_plan import emergency_plan
from agent.slip.journal import NEWER, SlipJournal, new_note
from agent.slip.quiet import Quiet
from agent.slip.sending import composed, sent, start_composing, start_sending
from agent.slip.slips import Slip
from agent.slip.way import NO_WAY, has_way
from agent.tracker import Moment
from probes.receipt_printer.options import ReceiptPrinterOptions
from vocabulary.condition import Capability
from vocabulary.report import Fate, Occasion, Report, SlipNote

REPORTED: Final = 5  # what head office hears of: the newest
PAUSE_SECONDS: Final = 30.0
MAX_PAUSE_SECONDS: Final = 600.0  # a port that the POS keeps open all day is not knocked at all day
_LOOK_AGAIN_SECONDS: Final = 5.0  # hours and distances are said in minutes
_LAST_WORD_SECONDS: Final = 5.0  # a slip under way at the daemon's end: longer than most take
_AT_WORK = "a slip is being printed at this moment"


class _Run(Struct):
    """One slip under way: being composed until there is a `job`, which waits for the port until `sending`."""

    note: SlipNote
    order: Order
    child: Child
    clients: list[Client]
    job: bytes = b""
    sending: bool = False

    @property
    def waits_for_port(self) -> bool:
        return bool(self.job) and not self.sending


class SlipDesk:
    """`fds` are to be watched, `step` is called when one is readable or `deadline` (monotonic) has come.

    `report(debounce)` gives the report of now, `codes` are those of all probes' conditions. `borrow` tells
    whether the printer's port is free by now, and is asked again at the next `step` where it is not.
    """

    def __init__(
        self,
        settings: Settings,
        key: bytes,
        report: Callable[[bool], Report],
        codes: AbstractSet[str],
        *,
        at: Moment,
        root: Path = Path("/"),
        borrow: Callable[[], bool] = lambda: True,
        give_back: Callable[[], None] = lambda: None,
    ) -> None:
        self.settings = settings
        self._borrow = borrow
        self._give_back = give_back
        self.quiet = Quiet()
        self.deadline: float | None = None
        self._key = key
        self._report = report
        self._codes = codes
        self._root = root
        self._journal = SlipJournal(Path(settings.daemon.state_folder) / "slips.json", at.wall)
        self._told_of = self._journal.notes
        self._run: _Run | None = None
        self._looked = False
        self._receipts_lost = False
        self._pause = PAUSE_SECONDS
        self._try_at = 0.0

    @property
    def fds(self) -> list[int]:
        return [self._run.child.fd] if self._run and not self._run.waits_for_port else []

    @property
    def notes(self) -> tuple[SlipNote, ...]:
        return self._journal.notes[-REPORTED:]

    @property
    def sending(self) -> bool:
        """Whether the receipt printer's port may be open for a slip."""
        return self._run is not None and self._run.sending

    def keeps_off(self, monotonic: float) -> str:
        """Why the receipt printer is to be left alone, in English; empty where it need not be."""
        return self.quiet.because(monotonic) if has_way(self._printer.port, self.settings.slip) else ""

    def hold(self, client: Client, request: Request, monotonic: float, *, asking: bool) -> None:
        """`asking`: a probe has the port at this moment."""
        self.quiet.say(request.do, request.seconds, monotonic)
        left = round(self.quiet.left(monotonic), 1)
        client.answer({"held_seconds": left, "in_use": asking or self.sending})

    def status(self, monotonic: float) -> dict[str, object]:
        waiting = self._journal.waiting
        return {
            "waiting": waiting.occasion if waiting else "",
            "because": waiting.because if waiting else "",
            "held_seconds": round(self.quiet.left(monotonic), 1),
            "journal_trouble": self._journal.trouble,
        }

    def look(self, at: Moment) -> None:
        """After a whole round: whether it calls for a slip, or ends the one that waits."""
        journal, wishes = self._journal, self.settings.slip
        journal.write_again()
        if not rule.is_on(wishes):
            journal.tell(frozenset())
            self._drop_waiting(at, "printing by itself is switched off")
            return
        report = self._report(True)
        if self._codes - {known.reading.code for known in report.readings}:
            return  # some probe has said nothing yet: what it told before the start is not gone
        self._looked = True
        self._note_printer(lost=Capability.RECEIPTS in report.diagnosis.lost)
        verdict = rule.judge(wishes, journal.told or frozenset(), report)
        if verdict.occasion and journal.told is not None:
            journal.want(verdict.occasion, at.wall, told=verdict.told)
            self._try_soon()
            return
        journal.tell(verdict.told)
        if verdict.gone and journal.waiting and journal.waiting.occasion is Occasion.CAUSE:
            self._drop_waiting(at, "its causes are gone")

    def step(self, at: Moment) -> bool:
        """Whether something became of a slip that head office does not know yet."""
        if self._run is not None:
            self._advance(self._run, at)
        self._mind_the_clock(at)
        waiting = self._journal.waiting
        if waiting and self._run is None and not self._hindrance(at) and at.monotonic >= self._try_at:
            order = Order(language=self.settings.terminal.language)
            self._start(waiting, order, at, [])
        self.deadline = self._next_deadline(at)
        before, self._told_of = self._told_of, self._journal.notes
        return before != self._told_of

    def ask(self, client: Client, request: Request, at: Moment) -> None:
        """A person wants one now, at any hour; answered when its fate is known, never kept for later."""
        order = Order(
            language=request.language or self.settings.terminal.language,
            technician=request.technician,
            before=request.before,
            plan=request.plan,
            drill=request.drill,
        )
        run = self._run
        if run and run.note.occasion is Occasion.ASKED and run.order == order:
            run.clients.append(client)  # asked twice is printed once
        elif run:
            _answer([client], Fate.NOT_SENT, _AT_WORK)
        elif because := self._no_way_now(at):
            _answer([client], Fate.NOT_SENT, because)
        else:
            self._start(new_note(Occasion.ASKED, at.wall), order, at, [client])

    def close(self, at: Moment) -> None:
        """A slip that is being sent gets a few seconds to end; what then is not known is unknown."""
        run = self._run
        limit = time.monotonic() + _LAST_WORD_SECONDS
        while run and run.sending and run.child.read() and time.monotonic() < limit:
            time.sleep(0.02)
        if run:
            run.child.end(Ending.TIMED_OUT)
            self._advance(run, at, may_send=False)

    def _start(self, note: SlipNote, order: Order, at: Moment, clients: list[Client]) -> None:
        make = self._maker(order, debounce=note.occasion is not Occasion.ASKED, wall=at.wall)
        try:
            child = start_composing(make, self.settings.slip, self._printer.family)
        except OSError as error:
            _answer(clients, Fate.NOT_SENT, str(error))
            self._try_later(at)
            return
        self._run = _Run(note, order, child, clients)
        self._borrow()

    def _maker(self, order: Order, *, debounce: bool, wall: float) -> Callable[[], Slip]:
        settings, slip = self.settings, self.settings.slip
        if order.plan:
            return partial(emergency_plan, settings, order.language, slip.columns, wall)
        report = self._report(debounce)
        return partial(
            compose, report, settings.contacts, order, slip.columns, self._key, addresses=slip.addresses
        )

    def _advance(self, run: _Run, at: Moment, *, may_send: bool = True) -> None:
        if run.waits_for_port:
            self._send_once_free(run, at, may_send=may_send)
        elif not run.child.expire(time.monotonic()) and run.child.read():
            return
        elif run.sending:
            result = sent(run.child)
            self._settle(run, result.outcome, result.detail, at)
        elif (made := composed(run.child)).trouble:
            self._settle(run, Fate.NOT_SENT, made.trouble, at)
        else:
            run.job = made.job
            self._send_once_free(run, at, may_send=may_send)

    def _send_once_free(self, run: _Run, at: Moment, *, may_send: bool) -> None:
        because = self._too_late(run, at) if may_send else "poshealth is stopping"
        if because:
            self._settle(run, Fate.NOT_SENT, because, at)
        elif self._borrow():
            self._send(run, at)

    def _too_late(self, run: _Run, at: Moment) -> str:
        """While it was composed the POS may have asked for quiet, or a newer slip have come."""
        if run.note.occasion is Occasion.ASKED:
            return self.quiet.because(at.monotonic)
        waiting = self._journal.waiting
        return self._hindrance(at) if waiting and waiting.id == run.note.id else NEWER

    def _send(self, run: _Run, at: Moment) -> None:
        try:
            self._begin(run.note, at)
            run.child = start_sending(self._printer, run.job, self._root, self.settings.slip)
        except OSError as error:
            self._settle(run, Fate.NOT_SENT, str(error), at)
            return
        run.sending = True

    def _begin(self, note: SlipNote, at: Moment) -> None:
        """Raise OSError. What a person waits for is printed without the journal too: nothing repeats it."""
        try:
            self._journal.begin(note, at.wall)
        except OSError:
            if note.occasion is not Occasion.ASKED:
                raise

    def _settle(self, run: _Run, fate: Fate, because: str, at: Moment) -> None:
        self._run = None
        self._give_back()
        _answer(run.clients, fate, because)
        asked = run.note.occasion is Occasion.ASKED
        if fate is not Fate.NOT_SENT:
            self._journal.end(run.note, fate, at.wall, because)
            self._pause = PAUSE_SECONDS
            if asked:
                self._drop_waiting(at, "a slip was printed on request")
        elif asked:
            self._journal.end(run.note, fate, at.wall, because)
        else:
            self._journal.put_back(run.note, at.wall, because)
            self._try_later(at)

    def _hindrance(self, at: Moment) -> str:
        """Why nothing prints by itself now; empty where it may."""
        since = self._journal.seconds_since_last(at.wall)
        too_soon = rule.not_yet(self.settings.slip, _local(at), since)
        if not self._looked:
            return "the first round is not over"
        lost = "the printer cannot print" if self._receipts_lost else ""
        return lost or too_soon or self._no_way_now(at)

    def _no_way_now(self, at: Moment) -> str:
        if not has_way(self._printer.port, self.settings.slip):
            return NO_WAY
        return self.quiet.because(at.monotonic)

    def _mind_the_clock(self, at: Moment) -> None:
        wishes, local = self.settings.slip, _local(at)
        if not self._looked:
            return
        if entry := rule.time_of_day(wishes, self._journal.times, local):
            done = {entry: local.date().isoformat()}
            self._journal.want(Occasion.TIME, at.wall, told=self._journal.told, done=done)
            self._try_soon()
        waiting = self._journal.waiting
        if waiting and rule.is_too_old(wishes, at.wall - waiting.wanted_at):
            self._drop_waiting(at, f"it waited for more than {wishes.wait_hours:g} hours")

    def _next_deadline(self, at: Moment) -> float | None:
        if self._run is not None:
            return self._run.child.deadline
        if self._journal.waiting is None or self._receipts_lost:
            return None
        pause = max(self._try_at - at.monotonic, self.quiet.left(at.monotonic))
        return at.monotonic + max(pause, _LOOK_AGAIN_SECONDS if self._hindrance(at) and pause <= 0 else 0.0)

    def _drop_waiting(self, at: Moment, because: str) -> None:
        if waiting := self._journal.waiting:
            self._journal.drop(waiting, at.wall, because)

    def _note_printer(self, *, lost: bool) -> None:
        if self._receipts_lost and not lost:
            self._try_soon()
        self._receipts_lost = lost

    def _try_soon(self) -> None:
        self._pause, self._try_at = PAUSE_SECONDS, 0.0

    def _try_later(self, at: Moment) -> None:
        self._try_at = at.monotonic + self._pause
        self._pause = min(2 * self._pause, MAX_PAUSE_SECONDS)

    @property
    def _printer(self) -> ReceiptPrinterOptions:
        return cast("ReceiptPrinterOptions", self.settings.options["receipt_printer"])


def _local(at: Moment) -> datetime:
    """What a clock on the store's wall shows."""
    return datetime.fromtimestamp(at.wall, tz=UTC).astimezone().replace(tzinfo=None)


def _answer(clients: list[Client], fate: Fate, detail: str) -> None:
    for client in clients:
        client.answer({"outcome": fate, "detail": detail})
