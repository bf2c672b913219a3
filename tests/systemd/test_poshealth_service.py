"""The unit is one that systemd accepts, and as closed as promised."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "systemd" / "poshealth.service"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a command that exists on this machine."""
    text = UNIT.read_text(encoding="utf-8").replace("/opt/poshealth/bin/poshealth", sys.executable)
    path = tmp_path / "poshealth.service"
    path.write_text(text)
    return path


def test_systemd_accepts_it(unit: Path) -> None:
    """`systemd-analyze verify` has nothing to say."""
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=60, check=False
    )
    complaints = [line for line in done.stderr.splitlines() if "poshealth.service" in line]

    assert (done.returncode, complaints) == (0, [])


def test_it_is_closed(unit: Path) -> None:
    """`systemd-analyze security` says 1.5 or lower; Debian's own node_exporter unit has 9.2."""
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-300:]
