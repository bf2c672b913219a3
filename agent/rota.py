"""Which probes are started when: by the schedule, an event or a request, and what is put off meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from agent.parts import PRINTER, Parts
from agent.running.probe_run import AnyProbe
from agent.schedule import Schedule
from agent.watching.watcher import COVERED_SECONDS

HEARTBEAT: Final = "heartbeat"


class Rota:
    """`rounds` counts those that are over: the last child done. Times are monotonic seconds."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._covered: frozenset[str] = frozenset()
        self._schedule = self._made()
        self._put_off: set[str] = set()
        self.rounds = 0

    @property
    def missed(self) -> int:
        return self._schedule.missed

    def start_due(self, monotonic: float) -> bool:
        """Whether the heartbeat is due as well."""
        due = {*self._schedule.due(monotonic), *self._put_off}
        self._put_off.clear()
        self.start(due - {HEARTBEAT}, monotonic)
        return HEARTBEAT in due

    def start(self, names: AbstractSet[str], monotonic: float, *, again: bool = False) -> None:
        """Those not running; the receipt printer's is put off while the POS keeps us away from it."""
        if self._parts.desk.keeps_off(monotonic):
            self._put_off |= names & {PRINTER}
        self.ask(names - self._put_off, again=again)

    def ask(self, names: Iterable[str], *, again: bool = False) -> None:
        """Those that are not running, without asking the POS."""
        probes = [self._parts.probes[name] for name in sorted(names)]
        self._parts.sweep.add(probes, self._parts.memories.values, again=again)

    def put_printer_off(self) -> bool:
        """Whether its probe is past that: it is running."""
        if self._parts.sweep.withdraw(PRINTER):
            self._put_off.add(PRINTER)
        return PRINTER in self._parts.sweep.active

    def hurry(self, monotonic: float) -> None:
        """Every probe at once."""
        self._schedule.hurry(self._parts.probes, monotonic)

    def cover(self, covered: frozenset[str], monotonic: float) -> None:
        """`covered`: whose devices tell by themselves; they are polled seldom."""
        changed = (covered ^ self._covered) & self._parts.probes.keys()
        self._covered = covered
        for name in changed:
            self._schedule.change(name, self.every(self._parts.probes[name]), monotonic)

    def every(self, probe: AnyProbe) -> float:
        """Seconds between two of its runs, as things are."""
        own = self._parts.settings.every_seconds.get(probe.id)
        if own is None and probe.id in self._covered:
            return max(probe.every_seconds, COVERED_SECONDS)
        return own or probe.every_seconds

    def scheduled_at(self) -> float:
        return self._schedule.next_at()

    def put_off_until(self, monotonic: float) -> float | None:
        """When the POS lets us at the printer again; None where nothing waits for that."""
        return monotonic + self._parts.desk.quiet.left(monotonic) if self._put_off else None

    def renew(self) -> None:
        """After other settings."""
        missed, self._schedule = self.missed, self._made()
        self._schedule.missed = missed

    def _made(self) -> Schedule:
        settings = self._parts.settings
        every = {probe.id: self.every(probe) for probe in self._parts.probes.values()}
        every[HEARTBEAT] = settings.central.every_seconds
        return Schedule(
            every,
            start=time.monotonic(),
            splay_seconds=settings.daemon.splay_seconds,
            seed=settings.terminal.id,
        )
