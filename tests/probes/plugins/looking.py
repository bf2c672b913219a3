"""Checks as settings hold them, one run of the probe, one reading of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from agent.running.probe_run import ProbeRun
from probes.plugins.options import PluginsOptions
from probes.plugins.probe import PROBE
from vocabulary.reading import Reading

RunProbe = Callable[..., ProbeRun]
WritePlugin = Callable[[str], list[str]]
DEBIAN = "/usr/lib/nagios/plugins"  # monitoring-plugins-basic


def options(timeout_seconds: float = 10, **commands: list[str]) -> PluginsOptions:
    """Checks by name."""
    checks = [
        {"name": name, "command": words, "timeout_seconds": timeout_seconds}
        for name, words in commands.items()
    ]
    return msgspec.convert({"checks": checks}, PluginsOptions)


def look(run_probe: RunProbe, wanted: PluginsOptions, root: Path = Path("/"), memory: Any = None) -> ProbeRun:
    run: ProbeRun = run_probe(PROBE, wanted, root=root, memory=memory)
    assert run.complete, run.error
    return run


def find(run: ProbeRun, code: str, subject: str = "it") -> Reading:
    return next(each for each in run.readings if each.identity == (f"plugin.{code}", subject))
