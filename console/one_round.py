"""A report of this moment: from the daemon where one runs, else by probing ourselves."""

from __future__ import annotations

import select
import sys
import time
from pathlib import Path

import msgspec

from agent.health import Health, now
from agent.running.account import probe_account
from agent.running.probe_run import AnyProbe
from agent.running.sweep import Sweep
from agent.settings.settings import Settings
from agent.state_files import Memories
from console.control_client import NoDaemonError, ask
from probes.catalogue import ALL_PROBES
from vocabulary.report import Report

DAEMON_SECONDS = 60.0  # the longest probe may take 10 s, behind six others


class UnknownProbeError(ValueError):
    """A name that no probe has; the message lists those there are."""


def report_of_now(settings: Settings, names: tuple[str, ...]) -> Report:
    """Raise UnknownProbeError. The daemon's own interval is joined, not disturbed."""
    probes = chosen(names)
    try:
        answer = ask(
            settings.daemon.control_socket,
            {"do": "check", "probes": [probe.id for probe in probes]},
            DAEMON_SECONDS,
        )
        return msgspec.convert(answer, Report)
    except NoDaemonError:
        account = probe_account()
        who = account.name if account else "you"
        print(f"No daemon is running here; probing as {who}.", file=sys.stderr)
        return probe_ourselves(settings, probes)


def chosen(names: tuple[str, ...]) -> tuple[AnyProbe, ...]:
    """Raise UnknownProbeError."""
    known = {probe.id: probe for probe in ALL_PROBES}
    if strange := [name for name in names if name not in known]:
        raise UnknownProbeError(f"no probe {', '.join(strange)}; there are: {', '.join(known)}")
    return tuple(known[name] for name in names) or ALL_PROBES


def probe_ourselves(
    settings: Settings, probes: tuple[AnyProbe, ...] = ALL_PROBES, root: Path = Path("/")
) -> Report:
    """One sweep; what the daemon's probes remember is read, and left as it is."""
    health = Health(settings)
    memories = Memories(Path(settings.daemon.state_folder) / "memory.json")
    sweep = Sweep(settings.options, root, probe_account())
    sweep.add(probes, memories.values)
    by_id = {probe.id: probe for probe in probes}
    while sweep.active:
        wait = max(0.0, (sweep.deadline or 0.0) - time.monotonic())
        select.select(sweep.fds, [], [], wait)
        for run in sweep.step():
            health.take(by_id[run.probe_id], run, by_id[run.probe_id].every_seconds, now())
    return health.report(now(), "", 0, debounce=False)
