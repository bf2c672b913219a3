"""The settlement probe on books as an application keeps them, as an unprivileged account."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from agent.running.probe_run import ProbeRun
from probes.settlement.options import SettlementOptions
from probes.settlement.probe import PROBE
from tests.probes.case_folders import Case, check, load_cases
from vocabulary.reading import Reading

RunProbe = Callable[..., ProbeRun]
CASES = load_cases("settlement")


def built(case: Case, folder: Path) -> Path:
    """The case's tree, its statements made a database as the application would."""
    root = shutil.copytree(case.root, folder / "till")
    for script in root.rglob("*.sql"):
        with sqlite3.connect(script.with_suffix(".db")) as books:
            books.executescript(script.read_text())
        books.close()
    return root


def look(run_probe: RunProbe, case: Case, folder: Path) -> tuple[Reading, ...]:
    options = msgspec.convert(case.settings.get("options", {}), SettlementOptions)
    run = run_probe(PROBE, options, root=built(case, folder), memory=case.settings.get("memory"))
    assert run.complete, run.error
    return run.readings


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_books_are_judged_as_expected(case: Case, run_probe: RunProbe, till_folder: Path) -> None:
    readings = look(run_probe, case, till_folder)

    check(case, readings)
    assert {reading.code for reading in readings} == {each.code for each in PROBE.conditions}
    assert len({reading.identity for reading in readings}) == len(readings)


def test_a_renamed_column_is_told_by_name(run_probe: RunProbe, till_folder: Path) -> None:
    case = next(case for case in CASES if case.name == "column-renamed")
    found = {reading.code: reading for reading in look(run_probe, case, till_folder)}

    assert found["settlement.overdue"].because == "no column settled_at"
