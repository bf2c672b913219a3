"""The broker itself: one thread that carries bytes both ways first, and attends to the agent after."""

from __future__ import annotations

import select
import time

from broker.desk import Desk
from broker.inquiry import Inquiry
from broker.keeper import Keeper
from broker.passage import Passage
from broker.pos_side import PosSide
from broker.printer_side import GoneError, PrinterSide
from broker.slip import JOB_SECONDS, Slips

_TICK_SECONDS = 0.25  # how long a speed the POS sets without sending anything may go unnoticed
_WATCHDOG_SECONDS = 2.0
_PIECES_A_ROUND = 16  # then the way back has its turn
_SET_ANYWAY_SECONDS = 1.0  # a POS may change flow control because the port is stuck


class Broker:
    def __init__(
        self,
        pos: PosSide,
        printer: PrinterSide,
        passage: Passage,
        inquiry: Inquiry,
        slips: Slips,
        *,
        keeper: Keeper,
    ) -> None:
        self._pos = pos
        self._printer = printer
        self._passage = passage
        self._inquiry = inquiry
        self._slips = slips
        self._keeper = keeper
        self._next_watchdog = 0.0
        self._differs_since: float | None = None
        self._is_full = False
        self._epoll = select.epoll()
        self._listening_for = 0

    @property
    def epoll(self) -> select.epoll:
        return self._epoll

    def run(self, desk: Desk) -> None:
        """Until the process is ended: it keeps nothing that an orderly end would have to write down.

        The POS's side is edge-triggered: with no program at the other end a pty is "hung up" all the time.
        """
        self._epoll.register(self._pos, select.EPOLLIN | select.EPOLLET)
        self._inquiry.take_up(time.monotonic(), is_job_under_way=self._passage.waiting > 0)
        self._slips.take_up(time.monotonic())
        self._keeper.drop_untaken()
        self._keeper.say("READY=1")
        wait = 0.0
        while True:
            ready = [descriptor for descriptor, _ in self._epoll.poll(wait)]
            now = time.monotonic()
            wait = self._round(now)
            desk.serve(ready, now)
            wait = min(wait, self._attend(desk, now))
            self._listen()
            self._watchdog(now)

    def _round(self, now: float) -> float:
        """Carry what there is; seconds until the next look where nothing happens."""
        if self._printer.find(now):
            self._differs_since = None
        self._follow_close()
        if self._printer.fileno() < 0:
            return _TICK_SECONDS
        try:
            self._carry_back(now)
            wait = self._carry_forth(now)
        except GoneError:
            self._lose()
            return 0.0
        return wait

    def _follow_close(self) -> None:
        """Closing the old pty takes it out of `epoll` only where systemd does not keep it: so by hand."""
        if self._pos.notice_close():
            self._epoll.unregister(self._pos)
            self._pos.renew()
            self._epoll.register(self._pos, select.EPOLLIN | select.EPOLLET)

    def _carry_back(self, now: float) -> None:
        received = self._printer.read()
        passed = self._slips.printer_sent(received, now) if received else self._slips.late_bytes(now)
        if passed:
            self._pos.send(self._inquiry.printer_sent(passed, now))

    def _carry_forth(self, now: float) -> float:
        """Raise GoneError."""
        self._is_full = False
        for _ in range(_PIECES_A_ROUND):
            if not self._follow_line(now):
                return 0.002
            if not self._take(now) or not self._give(now):
                return _TICK_SECONDS
        return 0.0

    def _follow_line(self, now: float) -> bool:
        """Set the port as the POS has set its own; what was sent before that leaves as it was meant first."""
        line = self._pos.line
        if self._printer.is_set_to(line):
            self._differs_since = None
            return True
        self._differs_since = self._differs_since or now
        is_empty = not self._passage.waiting and self._printer.is_drained
        patience = JOB_SECONDS if self._slips.is_going_out else _SET_ANYWAY_SECONDS
        if not is_empty and now - self._differs_since < patience:
            self._give(now)
            return False
        self._printer.set_to(line)
        return True

    def _take(self, now: float) -> bool:
        """Whether there is anything to give."""
        if self._passage.waiting:
            return True
        if not self._pos.has_bytes:
            return False
        self._inquiry.pos_sends()
        octets = self._passage.take(self._pos.fileno())
        self._inquiry.pos_sent(octets, now)
        return bool(octets)

    def _give(self, now: float) -> bool:
        """Whether the port took all of it. Raise GoneError."""
        try:
            while self._passage.waiting:
                self._passage.give(self._printer.fileno())
                self._inquiry.still_sending(now)
        except BlockingIOError:
            self._is_full = True
        except OSError as error:
            raise GoneError from error
        return not self._is_full

    def _attend(self, desk: Desk, now: float) -> float:
        try:
            waits = (
                self._inquiry.attend(desk, now, is_pipe_empty=not self._passage.waiting),
                self._attend_slips(desk, now),
            )
        except GoneError:
            self._lose()
            return 0.0
        return min((wait for wait in waits if wait is not None), default=_TICK_SECONDS)

    def _attend_slips(self, desk: Desk, now: float) -> float | None:
        """Raise GoneError. A POS that has sent something is before a slip that has not begun."""
        if not self._slips.has_work(desk):
            return None
        hindrance = self._inquiry.hindrance(now, is_pipe_empty=not self._passage.waiting)
        if not hindrance and self._pos.has_bytes:
            hindrance = "busy job"
        is_drained = self._printer.fileno() >= 0 and self._printer.is_drained
        return self._slips.attend(desk, now, hindrance, is_drained=is_drained)

    def _lose(self) -> None:
        """Out of `epoll` by hand: where systemd keeps the port, closing it here does not end it."""
        if self._listening_for:
            self._epoll.unregister(self._printer.fileno())
            self._listening_for = 0
        self._printer.lose()
        self._inquiry.printer_lost()
        self._slips.printer_lost()

    def _listen(self) -> None:
        """To the printer, and for room in it while it is full."""
        wanted = select.EPOLLIN | (select.EPOLLOUT if self._is_full else 0)
        if self._printer.fileno() < 0 or wanted == self._listening_for:
            return
        if self._listening_for:
            self._epoll.modify(self._printer.fileno(), wanted)
        else:
            self._epoll.register(self._printer.fileno(), wanted)
        self._listening_for = wanted

    def _watchdog(self, now: float) -> None:
        if now >= self._next_watchdog:
            self._next_watchdog = now + _WATCHDOG_SECONDS
            self._keeper.say("WATCHDOG=1")
