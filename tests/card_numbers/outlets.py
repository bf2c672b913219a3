"""Whatever is said, shown, printed, kept or sent of one probe's run."""

from __future__ import annotations

from typing import Any

import msgspec

from agent.health import Health, now
from agent.heartbeat import Heartbeats
from agent.outbox.outbox import Outbox
from agent.running.probe_run import ProbeRun
from agent.settings.settings import Settings, Terminal
from agent.slip.composing import Order, compose
from agent.slip.qr import decode
from console.formats import FORMATS
from probes.base import Probe
from vocabulary.report import Report

KEY = b"a terminal's key of 32 bytes ..."
SETTINGS = Settings(terminal=Terminal(id="0412-2", store="0412", till="2"))


def outlets(probe: Probe[Any], run: ProbeRun) -> dict[str, str]:
    """By name: report, slips, what their QR codes hold, outbox, memory, what a probe that broke leaves."""
    health, outbox = Health(SETTINGS), Outbox(None)
    health.take(probe, run, probe.every_seconds, now())
    Heartbeats(health, outbox, KEY, {}).put(now(), full=True)
    report = health.report(now(), outbox.spool_id, 1, "7K4P-2Q", debounce=False)
    outbox_rows = b"\n".join(stored.body for stored in outbox.load(10, 1 << 20).records)
    outbox.close()
    return {
        "outbox": outbox_rows.decode(),
        "memory": msgspec.json.encode(run.memory).decode(),
        "error": run.error,
        **{f"{name}-{lang}": say(report, lang) for name, say in FORMATS.items() for lang in ("en", "zh")},
        **_slips(report),
    }


def _slips(report: Report) -> dict[str, str]:
    said = {}
    orders = [
        Order(language=language, technician=technician, before=before)
        for language in ("en", "zh")
        for technician, before in ((False, None), (True, None), (True, report))
    ]
    for order in orders:
        for addresses in (True, False):
            slip = compose(report, {}, order, 32, KEY, addresses=addresses)
            name = f"slip-{order.language}-{order.technician}-{order.before is not None}-{addresses}"
            said[name] = slip.text()
            said[f"{name}-qr"] = str(msgspec.to_builtins(decode(slip.qr)))
    return said
