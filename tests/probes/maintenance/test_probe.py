"""The maintenance probe on logs and clocks of fixture trees."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from agent.running.probe_run import ProbeRun
from probes.maintenance.conditions import CONDITIONS
from probes.maintenance.options import MOST_TASKS, MaintenanceOptions, Task
from probes.maintenance.probe import PROBE
from probes.memory import MAX_BYTES
from tests.probes.case_folders import Case, check, load_cases
from vocabulary.reading import Reason, Status

RunProbe = Callable[..., ProbeRun]
CASES = load_cases("maintenance")
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(autouse=True)
def in_shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def look(run_probe: RunProbe, case: Case) -> ProbeRun:
    options = msgspec.convert(case.settings.get("options", {}), MaintenanceOptions)
    others = {"receipt_printer": {"receipt-printer": case.settings.get("printer", {})}}
    run = run_probe(PROBE, options, root=case.root, memory=case.settings.get("memory"), others=others)
    assert run.complete, run.error
    return run


@EVERY_CASE
def test_a_fixture_tree_is_read_as_expected(case: Case, run_probe: RunProbe) -> None:
    """By the store's own calendar, the log and the printer's counters."""
    check(case, look(run_probe, case).readings)


@EVERY_CASE
def test_every_condition_is_mentioned_in_every_round(case: Case, run_probe: RunProbe) -> None:
    """What could not be looked at is said to be unknown; each thing is said once."""
    readings = look(run_probe, case).readings
    assert {reading.code for reading in readings} == {each.code for each in CONDITIONS}
    assert len({reading.identity for reading in readings}) == len(readings)


def task(number: int) -> Task:
    return Task(name=f"task-with-a-name-{number:07}", title="Look", every_cuts=5)


def test_what_is_remembered_fits(run_probe: RunProbe, till_folder: Path) -> None:
    """As many tasks as the settings may have, with the longest of names, entries and serial numbers."""
    log = till_folder / "var/lib/poshealth/maintenance.jsonl"
    log.parent.mkdir(parents=True)
    tasks = tuple(task(number) for number in range(MOST_TASKS))
    entry = '{{"task":"{}","at":"2026-08-18T09:00:00.123456+08:00","by":"x"}}\n'
    (till_folder / "wall_seconds").write_text("1796011200")
    log.write_text("".join(entry.format(one.name) for one in tasks))
    printer = {"counters": {"cuts": 2**40}, "counted_at": 1.0, "identity": {"serial_number": "S" * 99}}
    others = {"receipt_printer": {"receipt-printer": printer}}
    run = run_probe(PROBE, MaintenanceOptions(tasks=tasks), root=till_folder, others=others)
    assert run.complete, run.error
    assert MAX_BYTES / 2 < len(msgspec.json.encode(run.memory)) <= MAX_BYTES


def test_a_log_it_may_not_read_makes_nothing_due(run_probe: RunProbe, till_folder: Path) -> None:
    """Nothing is claimed of the tasks, and announced outages are told all the same."""
    log = till_folder / "var/lib/poshealth/maintenance.jsonl"
    log.parent.mkdir(parents=True)
    (till_folder / "wall_seconds").write_text("1796011200")
    log.write_text("")
    log.chmod(0)
    (till_folder / "var/lib/poshealth").chmod(0o700)
    options = MaintenanceOptions(tasks=(task(1),))
    readings = {reading.code: reading for reading in run_probe(PROBE, options, root=till_folder).readings}
    assert readings["maintenance.visit-overdue"].reason is Reason.NO_PERMISSION
    assert readings["maintenance.overdue"].reason is Reason.NOT_SET_UP
    assert readings["maintenance.downtime"].reason is Reason.NOT_SET_UP
    assert not [each for each in readings.values() if each.status is Status.FAILING]


def test_a_clock_that_is_years_slow_wipes_nothing(run_probe: RunProbe) -> None:
    """All entries would lie ahead; once the clock is set, the cutter has its cuts again."""
    case = next(case for case in CASES if case.name == "clock-years-slow-after-a-power-cut")
    assert look(run_probe, case).memory == case.settings["memory"]


@pytest.mark.parametrize("rubbish", [7, {"cutter": 7}, {"cutter": {"seen_at": "x"}}])
def test_a_memory_that_makes_no_sense_counts_for_nothing(run_probe: RunProbe, rubbish: object) -> None:
    """The task counts from now."""
    case = next(case for case in CASES if case.name == "never-noted-counts-from-first-sight")
    options = msgspec.convert(case.settings["options"], MaintenanceOptions)
    memory, others = {"tasks": rubbish}, {"receipt_printer": {"receipt-printer": rubbish}}
    check(case, run_probe(PROBE, options, root=case.root, memory=memory, others=others).readings)
