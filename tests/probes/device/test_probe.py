"""The device probe on fixture trees and on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.diagnosis import diagnose
from agent.running.probe_run import ProbeRun
from probes.device.conditions import CONDITIONS
from probes.device.options import DeviceOptions
from probes.device.probe import PROBE
from probes.power.conditions import CONDITIONS as POWER_CONDITIONS
from tests.probes.case_folders import Case, check, load_cases
from vocabulary.condition import Capability
from vocabulary.reading import Reading, Status
from vocabulary.report import Known

RunProbe = Callable[..., ProbeRun]
CASES = load_cases("device")
BY_NAME = {case.name: case for case in CASES}


def named(case: Case) -> str:
    return case.name


def look(run_probe: RunProbe, case: Case) -> tuple[Reading, ...]:
    options = msgspec.convert(case.settings.get("options", {}), DeviceOptions)
    run: ProbeRun = run_probe(PROBE, options, root=case.root, memory=case.settings.get("memory"))
    assert run.complete, run.error
    return run.readings


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_fixture_tree_is_read_as_expected(case: Case, run_probe: RunProbe) -> None:
    """Everything but the age and the content of backups is told from files alone."""
    check(case, look(run_probe, case))


@pytest.mark.parametrize("case", CASES, ids=named)
def test_every_condition_is_mentioned_in_every_round(case: Case, run_probe: RunProbe) -> None:
    """What could not be looked at is said to be unknown, never left out; and nothing is said twice."""
    readings = look(run_probe, case)
    assert {expected["code"] for expected in case.expected} <= {each.code for each in CONDITIONS}
    assert {reading.code for reading in readings} == {each.code for each in CONDITIONS}
    assert len({reading.identity for reading in readings}) == len(readings)


def test_every_condition_fails_in_some_case() -> None:
    """What a case does not show nobody has seen; backups have tests of their own."""
    shown = {each["code"] for case in CASES for each in case.expected if each["status"] == "failing"}
    of_backups = {each.code for each in CONDITIONS if each.code.startswith("device.backup-")}
    assert {each.code for each in CONDITIONS} - of_backups <= shown


@pytest.mark.parametrize(
    ("name", "causes", "lost"),
    [
        ("whole-hub-gone", ["device.usb-hub-gone"], [Capability.CARD_PAYMENTS]),
        (
            "hub-gone-and-another-device-unplugged",
            ["device.usb-hub-gone", "software.device-missing"],
            [Capability.CARD_PAYMENTS],
        ),
        ("card-reader-unplugged", ["device.card-reader-missing"], [Capability.CARD_PAYMENTS]),
        ("disk-turned-read-only", ["device.disk-read-only"], [Capability.SETTLEMENT]),
        ("disk-full", ["device.disk-full"], [Capability.SETTLEMENT]),
        ("no-file-left", ["device.too-many-files"], [Capability.SETTLEMENT]),
        ("emmc-at-its-end", ["device.disk-failing"], []),
        ("long-uptime-and-short-of-memory", ["device.restart-would-help"], []),
        ("battery-empty-and-clock-years-slow", ["device.clock-reset"], []),
    ],
)
def test_one_fault_is_one_cause(
    name: str, causes: list[str], lost: list[Capability], run_probe: RunProbe
) -> None:
    """The hub, not its five devices; the disk, not the records on it; and only what is really lost."""
    known = tuple(Known(reading=each, since=0.0) for each in look(run_probe, BY_NAME[name]))
    conditions = {each.code: each for each in (*POWER_CONDITIONS, *CONDITIONS)}
    diagnosis = diagnose(known, conditions)
    assert [cause.code for cause in diagnosis.causes] == causes
    assert list(diagnosis.lost) == lost


def test_where_a_device_is_plugged_in_is_remembered(run_probe: RunProbe) -> None:
    """So that the round in which its hub goes can tell the hub from the device."""
    case = BY_NAME["all-plugged-in"]
    options = msgspec.convert(case.settings["options"], DeviceOptions)
    run: ProbeRun = run_probe(PROBE, options, root=case.root)
    assert run.memory is not None
    gone: ProbeRun = run_probe(PROBE, options, root=BY_NAME["whole-hub-gone"].root, memory=dict(run.memory))
    assert [r.subject for r in gone.readings if r.code == "device.usb-hub-gone"] == ["1-1"]


def test_what_another_version_remembered_is_no_obstacle(run_probe: RunProbe) -> None:
    """A memory of another shape is as none."""
    odd = {key: [1] for key in ("oom", "clock", "usb-ports", "backups", "throttled")}
    case = BY_NAME["processor-first-look"]
    run: ProbeRun = run_probe(PROBE, DeviceOptions(), root=case.root, memory=odd)
    assert run.complete, run.error
    check(case, run.readings)


def test_this_machine_is_looked_at_without_privileges(run_probe: RunProbe) -> None:
    """A real kernel tells memory, load, kills and the room on its root disk to anybody."""
    run: ProbeRun = run_probe(PROBE, DeviceOptions())
    found = {reading.code: reading for reading in run.readings}
    told = ("memory-short", "processor-busy", "out-of-memory", "disk-nearly-full", "disk-read-only")
    assert run.complete, run.error
    assert {found[f"device.{each}"].status for each in told} <= {Status.OK, Status.FAILING}


BAD_SETTINGS = [
    ({"peripherals": [{"name": "x"}]}, "one of usb, file, input"),
    ({"peripherals": [{"name": "x", "usb": "0416:5011", "file": "/dev/x"}]}, "one of usb, file, input"),
    ({"peripherals": [{"name": "x", "usb": "416:5011"}]}, "matching regex"),
    ({"peripherals": [{"name": "x", "file": "ttyS0"}]}, "no absolute path"),
    ({"peripherals": [{"name": "x", "input": "a"}, {"name": "x", "input": "b"}]}, "one name"),
    ({"peripherals": [{"name": "{x}", "input": "a"}]}, "matching regex"),
    ({"backups": [{"name": "x", "path": "relative"}]}, "matching regex"),
    ({"backups": [{"name": "x", "path": "/b*/x"}]}, "last part"),
    ({"backups": [{"name": "x", "path": "/x", "kind": "rar"}]}, "Invalid enum"),
    ({"connectors": ["../../etc"]}, "matching regex"),
    ({"pos_folder": "data"}, "matching regex"),
]


@pytest.mark.parametrize(("settings", "said"), BAD_SETTINGS)
def test_bad_settings_are_refused_when_they_are_read(settings: dict[str, Any], said: str) -> None:
    """Not at night, in a probe."""
    with pytest.raises(msgspec.ValidationError, match=said):
        msgspec.convert(settings, DeviceOptions)


def test_a_process_called_z_is_no_zombie(till_folder: Path, run_probe: RunProbe) -> None:
    """Names may hold anything; the state stands behind the last parenthesis (proc_pid_stat(5))."""
    proc = till_folder / "till/proc"
    (proc / "7").mkdir(parents=True)
    (proc / "7/stat").write_text("7 (Z) Z) S 1 1 1 0 -1\n")
    (proc / "meminfo").write_text("MemTotal: 100 kB\nMemAvailable: 90 kB\n")
    run: ProbeRun = run_probe(PROBE, DeviceOptions(), root=till_folder / "till")
    found = next(r for r in run.readings if r.code == "device.restart-would-help")
    assert found.facts["zombies"] == 0
