"""Plug-ins that tests write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.probes.plugins.looking import WritePlugin


@pytest.fixture
def plugin(till_folder: Path) -> WritePlugin:
    """Write a shell plug-in that an unprivileged probe may run; its command."""

    def write(script: str) -> list[str]:
        path = till_folder / f"check_{len(list(till_folder.iterdir()))}"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return [str(path)]

    return write
