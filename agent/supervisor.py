"""The daemon's loop: due, event or request -> probe -> report -> outbox -> courier."""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Callable

from agent import notify, parting, reporting
from agent.callers import Callers
from agent.health import now
from agent.own_conditions import SETTINGS_REJECTED
from agent.parts import Parts
from agent.rota import Rota
from agent.settings.settings import Settings, SettingsError
from agent.signals import Signals
from agent.suspend import Suspend
from agent.watchdog import Watchdog

IDLE_SECONDS = 60.0


class Supervisor:
    """Owns schedule, tracker, diagnosis and outbox; opens no device and no socket to the world."""

    def __init__(self, make: Callable[[], Parts], reload: Callable[[], Settings]) -> None:
        """Raise SpoolInUseError or OSError where another daemon runs with the same folders.

        From here on SIGTERM ends the loop in an orderly way, also one that has not begun.
        """
        self._signals = Signals()
        self._reload = reload
        self._parts = make()
        self._rota = Rota(self._parts)
        self._callers = Callers(self._parts, self._rota)
        self._watchdog = Watchdog(notify.watchdog_seconds())
        self._suspend = Suspend()
        self._news = False  # something was noted that may change the diagnosis
        self._by_event: set[str] = set()
        self._bad_news = False  # of an event: told before the round that it began is over
        self._visible_at: float | None = None

    def run(self) -> None:
        """Until SIGTERM or SIGINT.

        1. Start what is due. 2. Wait for the first of: a child, the courier, a request, a signal, a deadline.
        3. Take what came in; a change becomes a heartbeat at once. 4. Send what waits. 5. Feed the watchdog.
        """
        try:
            notify.notify("READY=1")
            while not self._signals.stop:
                if self._rota.start_due(time.monotonic()):
                    self._beat()
                self._wait()
                self._step(time.monotonic())
        finally:
            self._close()

    def _beat(self) -> None:
        parts, rota = self._parts, self._rota
        parts.absences.beat()
        if not parts.heartbeats.last and parts.sweep.active:
            return  # the first report waits for the first readings
        parts.heartbeats.put(now(), full=parts.dispatch.needs_full, unreached=parts.dispatch.unreached)
        parts.dispatch.hurry(time.monotonic())
        self._note_own()
        textfile = parts.settings.daemon.textfile
        parts.mirror.show(now(), parts.heartbeats, textfile, rota.rounds, rota.missed)

    def _wait(self) -> None:
        parts, poller = self._parts, select.poll()
        for fd in (self._signals.fileno(), parts.control.fileno(), *parts.sweep.fds, *parts.desk.fds):
            poller.register(fd, select.POLLIN)
        for child in (parts.courier, parts.watcher):
            if child.fileno() >= 0:
                poller.register(child.fileno(), select.POLLIN)
        for client in parts.control.clients:
            poller.register(client.fileno(), select.POLLIN | (select.POLLOUT if client.wants_to_write else 0))
        poller.poll(max(0.0, self._next_deadline() - time.monotonic()) * 1000)

    def _next_deadline(self) -> float:
        monotonic, parts = time.monotonic(), self._parts
        moments = [
            monotonic + IDLE_SECONDS,
            self._rota.scheduled_at(),
            parts.sweep.deadline,
            parts.desk.deadline,
            self._rota.put_off_until(monotonic),
            monotonic if self._news and not parts.sweep.active else None,
            self._posting_at(),
            parts.courier.deadline,
            parts.watcher.deadline,
            self._visible_at,
            self._watchdog.deadline,
            parts.drills.deadline,
        ]
        return min(moment for moment in moments if moment is not None)

    def _posting_at(self) -> float | None:
        return self._parts.dispatch.next_at if self._parts.settings.central.url else None

    def _step(self, monotonic: float) -> None:
        parts = self._parts
        self._signals.drain()
        if self._signals.reload:
            self._take_new_settings()
        self._callers.serve()
        self._take_events(monotonic)
        self._take_runs()
        self._news = parts.drills.step(now()) or self._news
        self._tell_news(monotonic)
        if parts.desk.step(now()):
            parts.health.slips = parts.desk.notes
            self._news = True
        if parts.settings.central.url and parts.dispatch.step(monotonic):
            self._note_own()
        parts.control.forget_closed()
        if slept := self._suspend.slept_seconds():
            parts.health.slept(slept)
            parts.absences.slept(slept, now())
            self._rota.hurry(monotonic)
        self._watchdog.step(monotonic, self._next_tries())

    def _next_tries(self) -> dict[str, float | None]:
        return {
            "schedule": self._rota.scheduled_at(),
            "children": self._parts.sweep.owed_at,
            "courier": self._parts.courier.deadline,
            "parcel": self._posting_at(),
        }

    def _take_events(self, monotonic: float) -> None:
        """The probes concerned at once; one whose device tells by itself is polled seldom."""
        parts = self._parts
        names = parts.watcher.step(monotonic) & parts.probes.keys()
        self._by_event |= names
        self._rota.start(names, monotonic, again=True)
        self._rota.cover(parts.watcher.covered, monotonic)

    def _take_runs(self) -> None:
        parts = self._parts
        runs = parts.sweep.step()
        for run in runs:
            probe = parts.probes[run.probe_id]
            parts.watcher.give_back(run.probe_id, "probe")
            worse = parts.health.take(probe, run, self._rota.every(probe), now())
            self._bad_news = self._bad_news or (worse and run.probe_id in self._by_event)
            if run.memory is not None:
                parts.memories.keep(run.probe_id, run.memory)
            self._callers.probe_is_over(run.probe_id)
        self._by_event &= parts.sweep.active
        self._news = self._news or bool(runs)
        self._rota.rounds += bool(runs) and not parts.sweep.active
        if self._rota.rounds:
            parts.watcher.begin(time.monotonic())

    def _tell_news(self, monotonic: float) -> None:
        """The cause is decided after the whole round, never check by check.

        Except where an event made things worse: its good news waits for the probes beyond it, which would
        else be causes of their own for a moment; its bad news need not.
        """
        parts = self._parts
        if self._callers.noted or (self._visible_at is not None and monotonic >= self._visible_at):
            self._news = True
        self._callers.noted = False
        at_once = self._bad_news and parts.heartbeats.last is not None
        if not self._news or (parts.sweep.active and not at_once):
            return
        self._news = self._bad_news = False
        self._visible_at = parts.health.next_visible(monotonic)
        report = parts.heartbeats.of_now(now(), debounce=True)
        parts.drills.look(report.diagnosis, now())
        parts.questions.look(report, now())
        parts.desk.look(now())
        if parts.heartbeats.changed(now()):
            parts.heartbeats.put(now(), full=True)
            parts.dispatch.newest = parts.heartbeats.last
            parts.dispatch.hurry(monotonic)
        self._callers.answer_checks()

    def _note_own(self) -> None:
        self._news = True
        at, parts = now(), self._parts
        parts.mirror.note_outbox(at.monotonic)
        parts.absences.delivery(parts.dispatch.failures, at)
        parts.questions.answered_elsewhere(parts.dispatch.answered)
        settings = parts.settings
        found = reporting.readings(
            parts.outbox, parts.dispatch, settings.daemon.state_folder, settings.terminal.id, at.monotonic
        )
        for reading in found:
            parts.health.note(reading, at)
        parts.health.note(parts.work.reading(at.wall, settings.daemon.change_hours), at)

    def _take_new_settings(self) -> None:
        """A bad file keeps the last good one."""
        self._signals.reload = False
        parts = self._parts
        try:
            settings = self._reload()
        except SettingsError as error:
            parts.mirror.settings_rejected = True
            parts.health.note(SETTINGS_REJECTED.failing(why=str(error.mistakes[0])), now())
            return
        parts.mirror.settings_rejected = False
        parts.health.note(SETTINGS_REJECTED.ok(), now())
        parts.take(settings)
        self._rota.renew()

    def _close(self) -> None:
        parts = self._parts
        with contextlib.suppress(OSError):
            notify.notify("STOPPING=1")
        parts.sweep.stop()
        parts.desk.close(now())
        parts.watcher.stop()
        self._part()
        parts.courier.stop()
        parts.control.close()
        parts.outbox.close()
        self._signals.close()

    def _part(self) -> None:
        """The last report says why; it is waited for where head office was there until now."""
        parts = self._parts
        parts.absences.leave(parting.why(), now())
        if parts.heartbeats.last:
            parts.heartbeats.put(now(), full=True)
        if parts.settings.central.url:
            parting.last_word(parts.dispatch, parts.outbox)
