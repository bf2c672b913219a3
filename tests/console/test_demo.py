"""`make demo`'s second half: the tour runs by itself and shows what happened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.counter import ROOT, poshealth, wait_for


def _running(folder: str = "poshealth-demo-") -> list[psutil.Process]:
    return [p for p in psutil.process_iter(["cmdline"]) if folder in " ".join(p.info["cmdline"] or [])]


@pytest.mark.slow
def test_the_demo_shows_four_faults_and_their_slips(tmp_path: Path) -> None:
    """Each seen at head office, each with a slip as text and picture, and nothing left running."""
    done = poshealth("demo", "--output", str(tmp_path), "--lang", "zh")

    assert done.returncode == 0, done.stdout + done.stderr
    for code in (
        "receipt-printer.paper-out",
        "payment-line.refused",
        "firewall.port-dropped",
        "power.ups-on-battery",
    ):
        assert f"[{code}]" in done.stdout
    assert done.stdout.count("head office shows it no more") == 4
    assert len(list(tmp_path.glob("*.png"))) == len(list(tmp_path.glob("*.txt"))) == 5
    assert "缺纸" in (tmp_path / "1-receipt-printer-paper-out.txt").read_text()
    assert not _running()


@pytest.mark.slow
def test_nothing_stays_behind_of_a_demo_that_is_killed(tmp_path: Path) -> None:
    """Its own with-blocks end nothing then."""
    command = [sys.executable, "-m", "console", "demo", "--output", str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, env={"TMPDIR": str(tmp_path)}, stdout=subprocess.DEVNULL
    ) as demo:
        folder = f"{tmp_path}/poshealth-demo-"
        wait_for(lambda: any("run" in process.info["cmdline"] for process in _running(folder)))
        demo.kill()

    wait_for(lambda: not _running(folder))
