"""The daemon's parts, made in one place and wired to each other."""

from __future__ import annotations

from pathlib import Path

from agent.absences import Absences
from agent.change.journal import WorkJournal
from agent.control import Control
from agent.drill.drills import Drills
from agent.health import Health, now
from agent.heartbeat import Heartbeats
from agent.mirror import Mirror
from agent.outbox.outbox import Outbox
from agent.questions import Questions
from agent.running.account import probe_account
from agent.running.probe_run import AnyProbe
from agent.running.sweep import Sweep
from agent.sending.courier import Courier
from agent.sending.delivery import EndpointRoute, Route
from agent.sending.dispatch import Dispatch
from agent.settings.settings import Settings
from agent.slip.desk import SlipDesk
from agent.state_files import Memories
from agent.watching.watcher import Watcher
from probes.catalogue import ALL_PROBES
from probes.receipt_printer.probe import PROBE as RECEIPT_PRINTER

PRINTER = RECEIPT_PRINTER.id


class Parts:
    """What the loop, the rota and whoever asks have in common; `settings` are replaced by a reload."""

    def __init__(
        self,
        settings: Settings,
        key: bytes,
        *,
        endpoint: EndpointRoute | None = None,
        probes: tuple[AnyProbe, ...] = ALL_PROBES,
        root: Path = Path("/"),
    ) -> None:
        """Raise SpoolInUseError or OSError where another daemon runs with the same folders."""
        self.settings = settings
        self.probes = {probe.id: probe for probe in probes}
        folder, account = Path(settings.daemon.state_folder), probe_account()
        self.control = Control(Path(settings.daemon.control_socket))
        self.outbox = Outbox(folder)
        self.memories = Memories(folder / "memory.json")
        self.desk = self._make_desk(key, root)
        self.absences = Absences(folder, settings.slip.hours, settings.central.every_seconds, now())
        self.work = WorkJournal(folder)
        self.health = Health(settings)
        self.health.work = self.work.notes
        self.health.slips = self.desk.notes
        self.health.absences, self.health.closing = self.absences.so_far, self.absences.closing
        self.drills, self.questions = (
            Drills(folder / "drill.json", now()),
            Questions(folder / "questions.json"),
        )
        self.health.drill = self.drills.shown
        self.health.question, self.health.judgements = self.questions.asked, self.questions.judgements
        self.heartbeats = Heartbeats(self.health, self.outbox, key, settings.contacts)
        self.courier = Courier(endpoint or _route(settings, key), account)
        self.dispatch = Dispatch(
            settings.terminal.id,
            self.outbox,
            self.courier,
            every_seconds=settings.central.every_seconds,
            plainly=endpoint is not None,
        )
        self.watcher = Watcher(settings.options, root, account, wanted=settings.daemon.watch_events)
        self.sweep = Sweep(settings.options, root, account, lambda name: self.watcher.borrow(name, "probe"))
        self.mirror = Mirror(self.health, self.outbox, self.watcher, self.courier, self.dispatch)

    def take(self, settings: Settings) -> None:
        """What can change while running: options, intervals, contacts, opening hours."""
        self.settings = settings
        self.sweep.take_options(settings.options)
        self.desk.settings = settings
        self.absences.take(settings.slip.hours, settings.central.every_seconds)
        self.heartbeats.take_contacts(settings.contacts)
        self.watcher.take_options(settings.options)
        self.dispatch.every_seconds = settings.central.every_seconds

    def _make_desk(self, key: bytes, root: Path) -> SlipDesk:
        return SlipDesk(
            self.settings,
            key,
            report=lambda debounce: self.heartbeats.of_now(now(), debounce=debounce),
            codes={condition.code for probe in self.probes.values() for condition in probe.conditions},
            at=now(),
            root=root,
            borrow=lambda: self.watcher.borrow(PRINTER, "slip"),
            give_back=lambda: self.watcher.give_back(PRINTER, "slip"),
        )


def _route(settings: Settings, key: bytes) -> Route:
    office = settings.head_office
    return Route(url=office.url, terminal=settings.terminal.id, key=key, ca_file=office.ca_file)
