"""Prometheus' text exposition format 0.0.4: a report, and the daemon itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from agent.diagnosis import exit_code
from agent.own_state import OwnState
from vocabulary.reading import Status
from vocabulary.report import Report

Sample = tuple[dict[str, str], float]
_ALONE: Final[dict[str, str]] = {}


def of_report(report: Report) -> Iterator[str]:
    """One sample per reading, 1 OK, 0 failing; unknown ones are left out."""
    readings = [known.reading for known in report.readings if known.reading.status is not Status.UNKNOWN]
    causes = report.diagnosis.causes
    yield from _metric(
        "poshealth_reading_ok",
        "1 where this condition is well on this subject, 0 where it fails.",
        [({"code": each.code, "subject": each.subject}, each.status is Status.OK) for each in readings],
    )
    yield from _metric(
        "poshealth_cause",
        "Severity of each cause: 1 notice, 2 warning, 3 critical.",
        [({"code": cause.code, "owner": cause.owner}, int(cause.severity) + 1) for cause in causes],
    )
    drill = report.drill_on
    yield from _metric(
        "poshealth_drill",
        "1 while this fault is rehearsed; nothing of it is real. No sample: no drill.",
        [({"code": drill.cause.code}, 1)] if drill else [],
    )
    yield from _alone(
        "poshealth_exit_code",
        "Worst of all: 0 well, 1 warning, 2 critical, 3 unknown.",
        exit_code(report.diagnosis),
    )


def of_daemon(state: OwnState, wall: float) -> Iterator[str]:
    """`wall` in seconds since 1970: a file that is no longer written is known by it."""
    yield from _metric("poshealth_build_info", "Version of the agent.", [({"version": state.version}, 1)])
    for name, help_text, value in (
        ("written_timestamp_seconds", "When the agent wrote this, since 1970.", wall),
        ("start_timestamp_seconds", "When the agent was started, since 1970.", wall - state.up_seconds),
        ("processes", "Processes of the agent.", state.processes),
        ("memory_pss_bytes", "Proportional share of memory, all processes.", state.memory_bytes),
        ("cpu_seconds_total", "CPU time spent, children included.", state.cpu_seconds),
        ("rounds_total", "Rounds of checks that ended.", state.rounds),
        ("rounds_missed_total", "Regular moments that passed without a run.", state.rounds_missed),
        ("watcher_restarts_total", "How often the watcher was started again.", state.watcher_restarts),
        ("courier_restarts_total", "How often the courier was started again.", state.courier_restarts),
        ("outbox_reports", "Heartbeats that wait to be delivered.", state.waiting_reports),
        ("outbox_waiting_seconds", "Since when the outbox was not empty.", state.waiting_seconds),
        ("outbox_given_up_reports", "Heartbeats given up, which was not told yet.", state.given_up_reports),
        ("failed_deliveries", "Deliveries that failed in a row.", state.failed_deliveries),
        ("settings_rejected", "1 where changed settings were not taken.", state.settings_rejected),
    ):
        yield from _alone(f"poshealth_{name}", help_text, value)
    if state.clock_synchronised is not None:
        yield from _alone(
            "poshealth_clock_synchronised", "1 where time synchronisation says so.", state.clock_synchronised
        )
    yield from _metric(
        "poshealth_checks_ended_early_total",
        "Checks that did not come to their end.",
        [({"check": name}, count) for name, count in sorted(state.ended_early.items())],
    )


def write(path: Path, lines: Iterable[str]) -> str:
    """Replace the file whole, as node_exporter's textfile collector asks for; why not, or empty.

    Not synced: after a power cut the next one is written within a heartbeat.
    """
    aside = path.with_name(f".{path.name}.new")
    try:
        aside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        aside.chmod(0o644)  # node_exporter runs as another user
        aside.rename(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            aside.unlink()
        return f"{error.strerror}: {path}"
    return ""


def _alone(name: str, help_text: str, value: float) -> Iterator[str]:
    return _metric(name, help_text, [(_ALONE, value)])


def _metric(name: str, help_text: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {help_text}"
    yield f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}"
    for labels, value in samples:
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        number = f"{value:.3f}" if isinstance(value, float) else str(int(value))
        yield f"{name}{{{inside}}} {number}" if inside else f"{name} {number}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
