"""Probes side by side in children: at most seven at once, never two of one kind."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from agent.running.account import Account
from agent.running.children import Child, Ending
from agent.running.probe_run import AnyProbe, ProbeRun, collect, memory_for, start_probe
from probes.base import Options
from probes.memory import Memory

START_AGAIN_SECONDS = 1.0
MAX_CHILDREN = 7  # a fork costs 1 ms; more children at once only queue for the two cores


class Sweep:
    """What is waiting and what is running; `fds` are to be watched, `step` is called when one is readable.

    `refused_at`: since when (monotonic seconds) no process can be had; None while they can.
    """

    def __init__(
        self,
        options: Mapping[str, Options],
        root: Path,
        account: Account | None,
        may_start: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """`may_start`: whether a probe's device is free by now; it is asked again at the next `step`."""
        self._options = options
        self._root = root
        self._account = account
        self._may_start = may_start
        self._waiting: deque[tuple[AnyProbe, Memory]] = deque()
        self._running: dict[int, Child] = {}
        self._lingering: list[Child] = []
        self.refused_at: float | None = None

    @property
    def fds(self) -> list[int]:
        return list(self._running)

    @property
    def active(self) -> set[str]:
        return self._busy | self._queued

    @property
    def _busy(self) -> set[str]:
        return {child.name for child in (*self._running.values(), *self._lingering)}

    @property
    def _queued(self) -> set[str]:
        return {probe.id for probe, _ in self._waiting}

    @property
    def deadline(self) -> float | None:
        """Monotonic seconds at which `step` is wanted; None where nothing runs and nothing was refused."""
        moments = [child.deadline for child in self._running.values()]
        if self.refused_at is not None and self._waiting:
            moments.append(time.monotonic() + START_AGAIN_SECONDS)
        return min(moments, default=None)

    @property
    def owed_at(self) -> float | None:
        """Since when no child can be started, else the first deadline of those that run."""
        running = min((child.deadline for child in self._running.values()), default=None)
        return self.refused_at if self.refused_at is not None and self._waiting else running

    def add(
        self, probes: Iterable[AnyProbe], memories: Mapping[str, dict[str, object]], *, again: bool = False
    ) -> None:
        """A probe that is waiting, running, or stuck beyond killing is not started a second time.

        `again`: something changed just now, so one that is running is run once more when it is over.
        """
        self._lingering = [child for child in self._lingering if not child.reap()]
        for probe in probes:
            if probe.id not in (self._queued if again else self.active):
                self._waiting.append((probe, memory_for(probe, memories)))
        self._fill()

    def withdraw(self, probe_id: str) -> bool:
        """Do not start it, where it only waits; whether it did."""
        before = len(self._waiting)
        self._waiting = deque(each for each in self._waiting if each[0].id != probe_id)
        return len(self._waiting) < before

    def step(self) -> list[ProbeRun]:
        """Read what is there, end what is overdue, start what waits; return the runs that are over."""
        now = time.monotonic()
        over = []
        for fd, child in list(self._running.items()):
            if child.expire(now) or not child.read():
                del self._running[fd]
                over.append(collect(child))
                if child.lingering:
                    self._lingering.append(child)
        self._fill()
        return over

    def under_way(self) -> list[ProbeRun]:
        """What those still running have found by now."""
        return [collect(child) for child in self._running.values()]

    def take_options(self, options: Mapping[str, Options]) -> None:
        self._options = options

    def stop(self) -> None:
        """End every child at once; what they found is lost."""
        self._waiting.clear()
        for child in self._running.values():
            child.end(Ending.TIMED_OUT)
        self._running.clear()

    def _fill(self) -> None:
        for waiting in list(self._waiting):
            probe, memory = waiting
            if len(self._running) >= MAX_CHILDREN:
                return
            if probe.id in self._busy or not self._may_start(probe.id):
                continue
            child = self._started(probe, memory)
            if child is None:
                return
            self._waiting.remove(waiting)
            self._running[child.fd] = child

    def _started(self, probe: AnyProbe, memory: Memory) -> Child | None:
        """None where no process can be had just now. Raise PermissionError: it would run as root."""
        try:
            child = start_probe(probe, self._options[probe.id], self._root, memory, self._account)
        except PermissionError:
            raise
        except OSError:
            self.refused_at = self.refused_at or time.monotonic()
            return None
        self.refused_at = None
        return child
