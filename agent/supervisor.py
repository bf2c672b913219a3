"""The daemon's loop: due, event or request -> probe -> report -> outbox -> courier."""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import cast

from agent import maintenance_log, notify, parting, reporting
from agent.absences import Absences
from agent.account import probe_account
from agent.control import Client, Control, Request
from agent.courier import Courier
from agent.delivery import EndpointRoute, Route
from agent.dispatch import Dispatch
from agent.health import Health, now
from agent.heartbeat import Heartbeats
from agent.mirror import Mirror
from agent.outbox import Outbox
from agent.own_conditions import SETTINGS_REJECTED
from agent.probe_run import AnyProbe
from agent.schedule import Schedule
from agent.settings import Settings, SettingsError
from agent.signals import Signals
from agent.slip.desk import SlipDesk
from agent.state_files import Memories
from agent.suspend import Suspend
from agent.sweep import Sweep
from agent.watchdog import Watchdog
from agent.watcher import COVERED_SECONDS, Watcher
from probes.catalogue import ALL_PROBES
from probes.maintenance.options import MaintenanceOptions
from probes.maintenance.probe import PROBE as MAINTENANCE_PROBE
from probes.receipt_printer.probe import PROBE as RECEIPT_PRINTER
from probes.receipt_printer.probe import left_alone

HEARTBEAT = "heartbeat"
PRINTER = RECEIPT_PRINTER.id
MAINTENANCE = MAINTENANCE_PROBE.id
IDLE_SECONDS = 60.0


class Supervisor:
    """Owns schedule, tracker, diagnosis and outbox; opens no device and no socket to the world."""

    def __init__(
        self,
        settings: Settings,
        key: bytes,
        reload: Callable[[], Settings],
        *,
        endpoint: EndpointRoute | None = None,
        probes: tuple[AnyProbe, ...] = ALL_PROBES,
        root: Path = Path("/"),
    ) -> None:
        """Raise SpoolInUseError or OSError where another daemon runs with the same folders.

        From here on SIGTERM ends the loop in an orderly way, also one that has not begun.
        """
        self._signals = Signals()
        self._settings = settings
        self._reload = reload
        self._root = root
        self._probes = {probe.id: probe for probe in probes}
        folder = Path(settings.daemon.state_folder)
        self._control = Control(Path(settings.daemon.control_socket))
        self._outbox = Outbox(folder)
        self._memories = Memories(folder / "memory.json")
        self._desk = self._make_desk(key)
        self._absences = Absences(folder, settings.slip.hours, settings.central.every_seconds, now())
        self._account = probe_account()
        self._health = Health(settings)
        self._health.slips = self._desk.notes
        self._health.absences, self._health.closing = self._absences.so_far, self._absences.closing
        self._heartbeats = Heartbeats(self._health, self._outbox, key, settings.contacts)
        office = settings.head_office
        route = Route(url=office.url, terminal=settings.terminal.id, key=key, ca_file=office.ca_file)
        self._courier = Courier(endpoint or route, self._account)
        self._dispatch = Dispatch(
            settings.terminal.id,
            self._outbox,
            self._courier,
            every_seconds=settings.central.every_seconds,
            plainly=endpoint is not None,
        )
        self._watcher = Watcher(settings.options, root, self._account, wanted=settings.daemon.watch_events)
        self._covered: frozenset[str] = frozenset()
        self._sweep = Sweep(
            settings.options, root, self._account, lambda name: self._watcher.borrow(name, "probe")
        )
        self._schedule = self._make_schedule()
        self._put_off: set[str] = set()
        self._asking: list[tuple[Client, set[str]]] = []
        self._watchdog = Watchdog(notify.watchdog_seconds())
        self._suspend = Suspend()
        self._mirror = Mirror(self._health, self._outbox, self._watcher, self._courier, self._dispatch)
        self._news = False  # something was noted that may change the diagnosis
        self._by_event: set[str] = set()
        self._bad_news = False  # of an event: told before the round that it began is over
        self._visible_at: float | None = None
        self.rounds = 0

    def run(self) -> None:
        """Until SIGTERM or SIGINT.

        1. Start what is due. 2. Wait for the first of: a child, the courier, a request, a signal, a deadline.
        3. Take what came in; a change becomes a heartbeat at once. 4. Send what waits. 5. Feed the watchdog.
        """
        try:
            notify.notify("READY=1")
            while not self._signals.stop:
                self._start_due(time.monotonic())
                self._wait()
                self._step(time.monotonic())
        finally:
            self._close()

    def _start_due(self, monotonic: float) -> None:
        due = {*self._schedule.due(monotonic), *self._put_off}
        self._put_off.clear()
        self._add(due - {HEARTBEAT}, monotonic)
        if HEARTBEAT in due:
            self._beat()

    def _add(self, names: AbstractSet[str], monotonic: float, *, again: bool = False) -> None:
        """Start them; the receipt printer's is put off while the POS keeps us away from it."""
        if self._desk.keeps_off(monotonic):
            self._put_off |= names & {PRINTER}
        probes = [self._probes[name] for name in sorted(names - self._put_off)]
        self._sweep.add(probes, self._memories.values, again=again)

    def _beat(self) -> None:
        self._absences.beat()
        if not self._heartbeats.last and self._sweep.active:
            return  # the first report waits for the first readings
        self._heartbeats.put(now(), full=self._dispatch.needs_full, unreached=self._dispatch.unreached)
        self._dispatch.hurry(time.monotonic())
        self._note_own()
        textfile = self._settings.daemon.textfile
        self._mirror.show(now(), self._heartbeats, textfile, self.rounds, self._schedule.missed)

    def _wait(self) -> None:
        poller = select.poll()
        for fd in (self._signals.fileno(), self._control.fileno(), *self._sweep.fds, *self._desk.fds):
            poller.register(fd, select.POLLIN)
        for child in (self._courier, self._watcher):
            if child.fileno() >= 0:
                poller.register(child.fileno(), select.POLLIN)
        for client in self._control.clients:
            poller.register(client.fileno(), select.POLLIN | (select.POLLOUT if client.wants_to_write else 0))
        poller.poll(max(0.0, self._next_deadline() - time.monotonic()) * 1000)

    def _next_deadline(self) -> float:
        monotonic = time.monotonic()
        posting = self._dispatch.next_at if self._settings.central.url else None
        moments = [
            monotonic + IDLE_SECONDS,
            self._schedule.next_at(),
            self._sweep.deadline,
            self._desk.deadline,
            monotonic + self._desk.quiet.left(monotonic) if self._put_off else None,
            monotonic if self._news and not self._sweep.active else None,
            posting,
            self._courier.deadline,
            self._watcher.deadline,
            self._visible_at,
            self._watchdog.deadline,
        ]
        return min(moment for moment in moments if moment is not None)

    def _step(self, monotonic: float) -> None:
        self._signals.drain()
        if self._signals.reload:
            self._take_new_settings()
        self._serve()
        self._take_events(monotonic)
        self._take_runs()
        self._tell_news(monotonic)
        if self._desk.step(now()):
            self._health.slips = self._desk.notes
            self._news = True
        if self._settings.central.url and self._dispatch.step(monotonic):
            self._note_own()
        self._control.forget_closed()
        if slept := self._suspend.slept_seconds():
            self._health.slept(slept)
            self._absences.slept(slept, now())
            self._schedule.hurry(self._probes, monotonic)
        self._watchdog.step(monotonic, self._next_tries())

    def _next_tries(self) -> dict[str, float | None]:
        return {
            "schedule": self._schedule.next_at(),
            "children": self._sweep.owed_at,
            "courier": self._courier.deadline,
            "parcel": self._dispatch.next_at if self._settings.central.url else None,
        }

    def _take_events(self, monotonic: float) -> None:
        """The probes concerned at once; one whose device tells by itself is polled seldom."""
        names = self._watcher.step(monotonic) & self._probes.keys()
        self._by_event |= names
        self._add(names, monotonic, again=True)
        if self._watcher.covered != self._covered:
            changed = (self._watcher.covered ^ self._covered) & self._probes.keys()
            self._covered = self._watcher.covered
            for name in changed:
                self._schedule.change(name, self._every(self._probes[name]), monotonic)

    def _take_runs(self) -> None:
        runs = self._sweep.step()
        for run in runs:
            probe = self._probes[run.probe_id]
            self._watcher.give_back(run.probe_id, "probe")
            worse = self._health.take(probe, run, self._every(probe), now())
            self._bad_news = self._bad_news or (worse and run.probe_id in self._by_event)
            if run.memory is not None:
                self._memories.keep(run.probe_id, run.memory)
            for _, waiting in self._asking:
                waiting.discard(run.probe_id)
        self._by_event &= self._sweep.active
        self._news = self._news or bool(runs)
        self.rounds += bool(runs) and not self._sweep.active
        if self.rounds:
            self._watcher.begin(time.monotonic())

    def _tell_news(self, monotonic: float) -> None:
        """The cause is decided after the whole round, never check by check.

        Except where an event made things worse: its good news waits for the probes beyond it, which would
        else be causes of their own for a moment; its bad news need not.
        """
        if self._visible_at is not None and monotonic >= self._visible_at:
            self._news = True
        at_once = self._bad_news and self._heartbeats.last is not None
        if not self._news or (self._sweep.active and not at_once):
            return
        self._news = self._bad_news = False
        self._visible_at = self._health.next_visible(monotonic)
        self._desk.look(now())
        if self._heartbeats.changed(now()):
            self._heartbeats.put(now(), full=True)
            self._dispatch.newest = self._heartbeats.last
            self._dispatch.hurry(monotonic)
        self._answer_checks()

    def _serve(self) -> None:
        self._control.accept()
        for client in self._control.clients:
            if client.wants_to_write:
                client.write()
            elif (request := client.read()) is not None:
                self._obey(client, request)

    def _obey(self, client: Client, request: Request) -> None:
        match request.do:
            case "status":
                client.answer(self._status())
            case "check":
                self._ask(client, request.probes)
            case "lend" | "give-back":
                client.answer({"lent": self._watcher.lease(request.do, request.probes)})
            case "slip":
                self._desk.ask(client, request, now())
            case "maintenance":
                options = cast("MaintenanceOptions", self._settings.options[MAINTENANCE])
                client.answer(maintenance_log.answer(options, request.entry))
                self._add({MAINTENANCE} & self._probes.keys(), time.monotonic(), again=True)
            case "printing" | "hold-off":
                if self._sweep.withdraw(PRINTER):
                    self._put_off.add(PRINTER)
                asking = PRINTER in self._sweep.active
                self._desk.hold(client, request, time.monotonic(), asking=asking)
                self._leave_printer_alone()

    def _ask(self, client: Client, names: Iterable[str]) -> None:
        """A request joins what is running and starts the rest at once."""
        wanted = set(names) or set(self._probes)
        if unknown := wanted - set(self._probes):
            client.answer({"error": f"no such probe: {', '.join(sorted(unknown))}"})
            return
        self._asking.append((client, wanted))
        self._leave_printer_alone()
        self._sweep.add([self._probes[name] for name in sorted(wanted)], self._memories.values)

    def _leave_printer_alone(self) -> None:
        """Whoever waits for its probe while the POS keeps us off it hears that it is busy."""
        asked = [waiting for _, waiting in self._asking if PRINTER in waiting]
        because = self._desk.keeps_off(time.monotonic())
        if not asked or not because or PRINTER in self._sweep.active:
            return
        probe = self._probes[PRINTER]
        self._health.leave_alone(probe, left_alone(because), self._every(probe), now())
        for waiting in asked:
            waiting.discard(PRINTER)
        self._news = True

    def _answer_checks(self) -> None:
        """A person who asked sees a fault at once: no debounce."""
        done = [client for client, waiting in self._asking if not waiting]
        self._asking = [(client, waiting) for client, waiting in self._asking if waiting]
        for client in done:
            client.answer(self._heartbeats.of_now(now(), debounce=False))

    def _status(self) -> dict[str, object]:
        last = self._heartbeats.last
        words = self._health.diagnosis(now())
        return {
            "terminal": self._settings.terminal.id,
            "rounds": self.rounds,
            "watching": self._watcher.is_watching,
            "causes": words.causes,
            "lost": words.lost,
            "works": words.works,
            "untested": len(words.untested),
            "checks": words.checks,
            "code": last.report.code if last else "",
            "slip": self._desk.status(time.monotonic()),
            **self._mirror.deliveries(),
            "self": self._mirror.state(self.rounds, self._schedule.missed),
        }

    def _note_own(self) -> None:
        self._news = True
        at, settings = now(), self._settings
        self._mirror.note_outbox(at.monotonic)
        self._absences.delivery(self._dispatch.failures, at)
        found = reporting.readings(
            self._outbox, self._dispatch, settings.daemon.state_folder, settings.terminal.id, at.monotonic
        )
        for reading in found:
            self._health.note(reading, at)

    def _take_new_settings(self) -> None:
        """What can change while running: options, intervals, contacts. A bad file keeps the last good one."""
        self._signals.reload = False
        try:
            self._settings = self._reload()
            self._mirror.settings_rejected = False
        except SettingsError as error:
            self._mirror.settings_rejected = True
            self._health.note(SETTINGS_REJECTED.failing(why=str(error.mistakes[0])), now())
            return
        self._health.note(SETTINGS_REJECTED.ok(), now())
        self._sweep.take_options(self._settings.options)
        self._desk.settings = self._settings
        self._watcher.take_options(self._settings.options)
        self._dispatch.every_seconds = self._settings.central.every_seconds
        missed, self._schedule = self._schedule.missed, self._make_schedule()
        self._schedule.missed = missed

    def _make_desk(self, key: bytes) -> SlipDesk:
        return SlipDesk(
            self._settings,
            key,
            report=lambda debounce: self._heartbeats.of_now(now(), debounce=debounce),
            codes={condition.code for probe in self._probes.values() for condition in probe.conditions},
            at=now(),
            root=self._root,
            borrow=lambda: self._watcher.borrow(PRINTER, "slip"),
            give_back=lambda: self._watcher.give_back(PRINTER, "slip"),
        )

    def _make_schedule(self) -> Schedule:
        every = {probe.id: self._every(probe) for probe in self._probes.values()}
        every[HEARTBEAT] = self._settings.central.every_seconds
        return Schedule(
            every,
            start=time.monotonic(),
            splay_seconds=self._settings.daemon.splay_seconds,
            seed=self._settings.terminal.id,
        )

    def _every(self, probe: AnyProbe) -> float:
        own = self._settings.every_seconds.get(probe.id)
        if own is None and probe.id in self._covered:
            return max(probe.every_seconds, COVERED_SECONDS)
        return own or probe.every_seconds

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            notify.notify("STOPPING=1")
        self._sweep.stop()
        self._desk.close(now())
        self._watcher.stop()
        self._part()
        self._courier.stop()
        self._control.close()
        self._outbox.close()
        self._signals.close()

    def _part(self) -> None:
        """The last report says why; it is waited for where head office was there until now."""
        self._absences.leave(parting.why(), now())
        if self._heartbeats.last:
            self._heartbeats.put(now(), full=True)
        if self._settings.central.url:
            parting.last_word(self._dispatch, self._outbox)
