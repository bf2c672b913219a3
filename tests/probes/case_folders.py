"""Cases as folders: origin and options, a fixture tree, and what is expected, written before the code."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from msgspec import Struct

from vocabulary.reading import Reading, Status

CASES = Path(__file__).with_name("cases")


class Case(Struct, frozen=True):
    name: str
    folder: Path
    settings: dict[str, Any]
    expected: list[dict[str, Any]]
    complete: bool

    @property
    def root(self) -> Path:
        return self.folder / "till"


def load_cases(probe_id: str) -> list[Case]:
    """Raise KeyError where a case does not say where its bytes came from."""
    cases = []
    for folder in sorted(path for path in (CASES / probe_id).iterdir() if path.is_dir()):
        settings = tomllib.loads((folder / "case.toml").read_text())
        if not settings["origin"].strip():
            raise KeyError(f"{folder}: origin is empty")
        expected = tomllib.loads((folder / "expected.toml").read_text())
        readings = expected.get("reading", [])
        cases.append(Case(folder.name, folder, settings, readings, expected.get("complete", False)))
    return cases


def check(case: Case, readings: tuple[Reading, ...]) -> None:
    """Every expected reading is there, and with `complete` nothing else is failing."""
    found = {reading.identity: reading for reading in readings}
    for expected in case.expected:
        identity = (expected["code"], expected.get("subject", ""))
        assert identity in found, f"{case.name}: no reading {identity}, only {sorted(found)}"
        reading = found[identity]
        assert reading.status == expected["status"], f"{case.name}: {reading}"
        if "reason" in expected:
            assert reading.reason == expected["reason"], f"{case.name}: {reading}"
        for key, value in expected.get("facts", {}).items():
            assert reading.facts.get(key) == value, f"{case.name}: {key} of {reading}"
    if case.complete:
        failing = {r.identity for r in readings if r.status is Status.FAILING}
        wanted = {(e["code"], e.get("subject", "")) for e in case.expected if e["status"] == "failing"}
        assert failing == wanted, f"{case.name}: failing {failing}, expected {wanted}"
