"""The daemon looks at itself: at every heartbeat, and when it is asked for its status."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from agent import exposition
from agent.health import Health, is_synchronised
from agent.heartbeat import Heartbeats
from agent.outbox.outbox import Outbox
from agent.own_processes import cpu_seconds, family, pss_bytes
from agent.own_state import OwnState
from agent.sending.courier import Courier
from agent.sending.dispatch import Dispatch
from agent.tracker import Moment
from agent.watching.watcher import Watcher
from vocabulary.version import VERSION


class Mirror:
    """Of the daemon's parts; what must be counted meanwhile, it counts."""

    def __init__(
        self,
        health: Health,
        outbox: Outbox,
        watcher: Watcher,
        courier: Courier,
        dispatch: Dispatch,
    ) -> None:
        self._health = health
        self._outbox = outbox
        self._watcher = watcher
        self._courier = courier
        self._dispatch = dispatch
        self._began = self._emptied_at = time.monotonic()
        self.settings_rejected = False
        self._textfile_trouble = ""

    def note_outbox(self, monotonic: float) -> None:
        """To be called after each delivery: from when on reports wait."""
        if self._outbox.is_empty:
            self._emptied_at = monotonic

    def show(self, at: Moment, heartbeats: Heartbeats, textfile: str, rounds: int, missed: int) -> None:
        """As conditions of the agent's own, and to Prometheus where there is a `textfile`."""
        state = self.state(rounds, missed)
        for reading in (state.memory, state.watching):
            self._health.note(reading, at)
        if textfile:
            report = heartbeats.of_now(at, debounce=True)
            lines = [*exposition.of_report(report), *exposition.of_daemon(state, at.wall)]
            self._textfile_trouble = exposition.write(Path(textfile), lines)

    def state(self, rounds: int, missed: int) -> OwnState:
        now = time.monotonic()
        self.note_outbox(now)
        pids = family(os.getpid())
        spent = 0.0
        with contextlib.suppress(OSError):  # a child that ended between two looks
            spent = cpu_seconds(*pids)
        return OwnState(
            version=VERSION,
            up_seconds=round(now - self._began, 1),
            processes=len(pids),
            memory_bytes=pss_bytes(*pids),
            cpu_seconds=spent,
            rounds=rounds,
            rounds_missed=missed,
            ended_early={name: count for name, count in self._health.ended_early.items() if count},
            watcher_restarts=max(0, self._watcher.starts - 1),
            courier_restarts=max(0, self._courier.restarts),
            waiting_reports=self._outbox.depth,
            waiting_seconds=0.0 if self._outbox.is_empty else round(now - self._emptied_at, 1),
            given_up_reports=self._outbox.given_up,
            failed_deliveries=self._dispatch.failures,
            clock_synchronised=is_synchronised(),
            settings_rejected=self.settings_rejected,
            textfile_trouble=self._textfile_trouble,
            watcher_deaths=self._watcher.deaths(now),
        )
