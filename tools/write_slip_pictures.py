"""Draws the slips of docs/slips from the situations that the tests use."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agent.slip.picture import write_png  # noqa: E402
from agent.slip.qr import qr_payload  # noqa: E402
from agent.slip.slips import Slip, cashier_slip, technician_slip  # noqa: E402
from tests.agent.slip.situations import BEFORE, CONTACTS, KEY, SITUATIONS  # noqa: E402

FOLDER = ROOT / "docs" / "slips"


def slips() -> Iterator[tuple[str, Slip]]:
    """File name without its ending, and what it shows: cashiers on 58 mm, technicians on 80 mm paper."""
    for situation, report in SITUATIONS.items():
        qr = qr_payload(report, KEY)
        before = BEFORE if situation == "all-well" else None
        for language, contacts in CONTACTS.items():
            yield f"cashier-{situation}-{language}", cashier_slip(report, contacts, language, 32, qr=qr)
            technician = technician_slip(report, contacts, language, 48, before, qr=qr)
            yield f"technician-{situation}-{language}", technician


def main() -> None:
    os.environ["TZ"] = "UTC"
    time.tzset()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, slip in slips():
        write_png(slip, FOLDER / f"{name}.png")
        print(f"docs/slips/{name}.png")


if __name__ == "__main__":
    main()
