"""The house keeps its shape: who may import whom, what every probe brings, what must not be said."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from agent.own_conditions import ALL_CONDITIONS
from probes.catalogue import ALL_PROBES
from vocabulary.condition import Condition

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "vocabulary": set(),
    "protocols": {"vocabulary"},
    "broker": {"protocols"},
    "privileged": {"vocabulary", "protocols"},
    "probes": {"vocabulary", "protocols"},
    "agent": {"vocabulary", "protocols", "probes"},
    "console": {"vocabulary", "protocols", "probes", "agent", "headoffice", "simulators"},
    "headoffice": {"vocabulary"},
    "simulators": set(),
}
PURE = (
    *("schedule", "tracker", "diagnosis", "explanation", "ladder"),
    *("sending/retry", "outbox/spool_records"),
    *("slip/slips", "slip/layout", "slip/rule", "slip/quiet"),
    *("change/outcome", "change/preflight"),
)
FORBIDDEN_IN_PURE = {
    "os",
    "socket",
    "select",
    "subprocess",
    "sqlite3",
    "requests",
    "serial",
    "time",
    "pathlib",
}
SOURCES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Top-level names of every module a file imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    """vocabulary <- protocols <- probes <- agent <- console; headoffice sees vocabulary alone."""
    package = path.relative_to(ROOT).parts[0]
    ours = imports(path) & MAY_IMPORT.keys()

    assert ours - {package} <= MAY_IMPORT[package]


@pytest.mark.parametrize("name", PURE)
def test_the_middle_is_pure(name: str) -> None:
    """Schedule, tracker, diagnosis, ladder and slip decide; they do not reach out."""
    assert not imports(ROOT / "agent" / f"{name}.py") & FORBIDDEN_IN_PURE


def test_package_files_are_empty() -> None:
    """Importing one module must not import its neighbours."""
    found = [path for path in SOURCES if path.name == "__init__.py" and path.read_text(encoding="utf-8")]

    assert not [path for path in found if path.relative_to(ROOT).parts[0] not in {"headoffice", "simulators"}]


def test_nobody_imports_the_top_level_folder_systemd() -> None:
    """It has no `__init__.py`, so `import systemd` would find an empty namespace and lie."""
    assert not [path for path in SOURCES if "systemd" in imports(path)]


def test_every_probe_file_is_in_the_catalogue() -> None:
    """A file with a PROBE that the list does not name would never run."""
    with_probe = {
        path.parent.name
        for path in (ROOT / "probes").rglob("*.py")
        if re.search(r"^PROBE\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert with_probe == {probe.id for probe in ALL_PROBES}


@pytest.mark.parametrize("probe", ALL_PROBES, ids=lambda probe: probe.id)
def test_every_probe_brings_a_test_and_cases(probe: object) -> None:
    """Adding a probe is one file, one line, one test with its cases, and its Chinese texts."""
    name = getattr(probe, "id", "")

    assert (ROOT / "tests" / "probes" / name / "test_probe.py").exists()
    assert len(list((ROOT / "tests" / "probes" / "cases" / name).glob("*/expected.toml"))) >= 3
    assert (ROOT / "vocabulary/locale/zh_CN/LC_MESSAGES" / f"{name}.po").exists()


def test_codes_are_unique() -> None:
    """Two conditions under one code would hide each other; probes may share one."""
    declared = [condition for probe in ALL_PROBES for condition in probe.conditions]

    assert all(ALL_CONDITIONS[condition.code] is condition for condition in declared)
    assert all(len(set(probe.conditions)) == len(probe.conditions) for probe in ALL_PROBES)


@pytest.mark.parametrize("condition", ALL_CONDITIONS.values(), ids=lambda condition: condition.code)
def test_dependencies_are_declared_and_lie_below(condition: Condition) -> None:
    """What explains a condition is one that some probe reads, and no chain comes back to its start."""
    seen: set[str] = set()
    waiting = list(condition.depends_on)
    while waiting:
        below = waiting.pop()
        assert below.code != condition.code
        assert ALL_CONDITIONS[below.code] == below
        if below.code not in seen:
            seen.add(below.code)
            waiting.extend(below.depends_on)


PATTERN_WITH_DOLLAR = re.compile(r'pattern=r?"[^"]*\$"')
SILENT_ABOUT = re.compile(
    "farm" + r"-[a-z]+|sub" + r"agent|DEVELOPERS" + r"\.md|py" + r"pi\.org|python" + r"hosted|npm" + r"js\.|"
    "debian" + r"\.org|/work" + r"/(main|shared)",
    re.IGNORECASE,
)


def test_the_repository_speaks_of_the_product_alone() -> None:
    """No workplace, no tools of it, no host name of a package registry."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    names = [name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]
    texts = {name: (ROOT / name).read_bytes().decode("utf-8", "ignore") for name in names}

    assert {name: hit[0] for name, text in texts.items() if (hit := SILENT_ABOUT.search(text))} == {}


def test_a_pattern_ends_where_its_text_ends() -> None:
    """A line break behind it would get past "$", and begin a line of its own in a header or a log."""
    texts = {path: path.read_text(encoding="utf-8") for path in SOURCES}
    assert {path: hit[0] for path, text in texts.items() if (hit := PATTERN_WITH_DOLLAR.search(text))} == {}


def test_every_package_is_shipped() -> None:
    """One that the list leaves out is there in a checkout and missing on a till."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    there = {".".join(path.relative_to(ROOT).parent.parts) for path in SOURCES}

    assert sorted(listed) == sorted(there)


def modules_imported(path: Path) -> set[str]:
    """Dotted names a file imports, `from x import y` as both x and x.y; and a seldom look, by its name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Seldom":
            found.update(str(word.value) for word in node.args if isinstance(word, ast.Constant))
    return found


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def mirror(path: Path) -> Path:
    return ROOT / "tests" / path.relative_to(ROOT).with_name(f"test_{path.name}")


@cache
def modules_with_a_test() -> frozenset[str]:
    """Those with a mirrored test, those a test imports, and the parts such a module is made of."""
    modules = {dotted(path): path for path in SOURCES}
    by_tests = set().union(*(modules_imported(path) for path in (ROOT / "tests").rglob("*.py")))
    waiting = [name for name, path in modules.items() if mirror(path).exists() or name in by_tests]
    tested: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in tested:
            tested.add(name)
            parts = modules_imported(modules[name]) & modules.keys()
            waiting += [part for part in parts if modules[part].parent == modules[name].parent]
    return frozenset(tested)


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.name not in {"__init__.py", "__main__.py"}], ids=dotted
)
def test_every_module_has_a_test(path: Path) -> None:
    """Mirrored by name, imported by a test, or a part of a neighbour that is; commands are run as typed."""
    assert dotted(path) in modules_with_a_test() or path.parent.name == "console"
