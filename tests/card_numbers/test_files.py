"""Card numbers in the till's own files: in a word of one of them, in a line more, in a file's name."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.base import Probe
from probes.catalogue import ALL_PROBES
from tests.card_numbers.drawn import Planted, few, leaks, planted
from tests.card_numbers.outlets import outlets
from tests.conftest import RunProbe
from tests.probes.case_folders import Case, load_cases

# What stands for system calls there, and is no text that a probe reads.
NO_TEXTS: Final = re.compile(r".*\.json|wall_seconds|.*\.sql")
WITH_TREES: Final = ("device", "software", "network", "power", "firewall_ports")
PROBES: Final = {probe.id: probe for probe in ALL_PROBES}


def texts_in(root: Path) -> list[Path]:
    """Relative to it."""
    found = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return [path.relative_to(root) for path in found if not NO_TEXTS.fullmatch(path.name)]


CASES: Final = {probe: [case for case in load_cases(probe) if texts_in(case.root)] for probe in WITH_TREES}


@st.composite
def till_with(draw: st.DrawFn, probe: str, text: str) -> tuple[Case, Path, str, str]:
    """A case, a file of it, what it holds then, and what it is called then."""
    case = draw(st.sampled_from(CASES[probe]))
    name = draw(st.sampled_from(texts_in(case.root)))
    held = (case.root / name).read_bytes().decode("utf-8", "surrogateescape")
    words = list(re.finditer(r"[^\s=:,;\"']+", held))
    how = draw(st.sampled_from(("word", "word", "line", "name")))
    if how == "name":
        return case, name, held, f"{text.replace('/', ' ')[:200]}-{name.name}"
    if how == "line" or not words:
        return case, name, f"{held.rstrip()}\n{text}\n", name.name
    word = draw(st.sampled_from(words))
    return case, name, held[: word.start()] + text + held[word.end() :], name.name


@pytest.mark.parametrize("probe", [PROBES[name] for name in WITH_TREES], ids=lambda probe: probe.id)
@few
@given(data=st.data(), drawn=planted())
def test_every_file(  # noqa: PLR0917  fixtures and what is drawn
    run_probe: RunProbe,
    till_folder: Path,
    capfd: pytest.CaptureFixture[str],
    probe: Probe[Any],
    data: st.DataObject,
    drawn: Planted,
) -> None:
    """Neither number nor track, wherever a probe came upon it."""
    case, name, held, called = data.draw(till_with(probe.id, drawn.text))
    folder = Path(tempfile.mkdtemp(dir=till_folder))
    folder.chmod(0o711)
    root = shutil.copytree(case.root, folder / "till", symlinks=True)
    (root / name).unlink()
    (root / name).with_name(called).write_bytes(held.encode("utf-8", "surrogateescape"))
    run = run_probe(probe, msgspec.convert(case.settings.get("options", {}), probe.options), root=root)

    assert run.complete, run.error
    assert leaks(outlets(probe, run) | {"stderr": capfd.readouterr().err}, drawn) == {}
