"""Power cuts of a whole machine; `make machine-cuts` does five, with the qemu that this test does without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults import machine, machine_cuts

pytestmark = pytest.mark.slow  # a file system of its own


@pytest.fixture
def _breaks_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A qemu that ends as it does where it cannot start the kernel, and what packs for it."""
    for name, does in (("qemu-system-x86_64", "exit 1"), ("busybox", "exec cat")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(machine, "BUSYBOX", tmp_path / "busybox")
    (tmp_path / "console").touch()


@pytest.mark.usefixtures("_breaks_off")
def test_a_machine_that_ends_by_itself_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not waited for: no power was cut."""
    monkeypatch.setattr(machine_cuts, "BOOT_SECONDS", 5.0)
    (tmp_path / "boot").mkdir()
    (tmp_path / "boot/vmlinuz-none").touch()

    with pytest.raises(AssertionError, match="ended by itself"):
        machine_cuts.cut(tmp_path, tmp_path, 0.0)
