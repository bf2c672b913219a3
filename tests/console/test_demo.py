"""`make demo`'s second half: the tour runs by itself and shows what happened."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from tests.counter import poshealth


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
    assert not [
        p for p in psutil.process_iter(["cmdline"]) if "poshealth-demo-" in " ".join(p.info["cmdline"] or [])
    ]
