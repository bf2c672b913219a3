"""One version, said in two places."""

from __future__ import annotations

import tomllib
from pathlib import Path

from vocabulary.version import VERSION


def test_the_version_is_the_packages() -> None:
    """A child may not be able to read the installed package's metadata, so the code says it itself."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]

    assert project["version"] == VERSION
