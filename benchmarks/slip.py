"""What a slip weighs: its bytes on the wire, and the most memory its drawing child ever has.

`python -m benchmarks.slip`. The slip is the longest that the tests know, on the widest paper.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys

from agent.slip.job import job
from agent.slip.slips import Slip
from benchmarks.rows import Row
from tests.agent.slip.situations import FIREWALL, LINE_DOWN
from tests.agent.slip.test_job import Features, technician

COMMAND = ".venv/bin/python -m benchmarks.slip"
MOST_BYTES = 2048
MOST_MEBIBYTES = 30.0
LINES = 40
CHILD = """
import json, sys
from agent.slip.job import draw_order
for _ in draw_order(**json.load(sys.stdin)):
    pass
print(open("/proc/self/status").read(), open("/proc/self/smaps_rollup").read(), file=sys.stderr)
"""


def main() -> None:
    _bytes()
    picture = [(line.text, line.style.value == "strong") for line in technician(LINE_DOWN, "zh", 48).lines]
    _memory("a slip as a picture", picture, native_qr=False)
    _memory("a QR as a picture", [], native_qr=False)
    _memory("a QR of the printer's own", [], native_qr=True)


def _bytes() -> None:
    whole = technician(FIREWALL, "zh", 32)
    size = len(job(Slip(columns=32, lines=whole.lines[:LINES], qr=whole.qr), Features()))
    Row(
        what=f"a slip of {LINES} lines with its QR",
        ours=f"{size} B",
        promise=f"<= {MOST_BYTES} B",
        kept=size <= MOST_BYTES,
        command=COMMAND,
    ).show()


def _memory(what: str, lines: list[tuple[str, bool]], *, native_qr: bool) -> None:
    """Highest resident size, shared libraries in full; and at the end the proportional share."""
    slip = technician(LINE_DOWN, "zh", 48)
    order = {"lines": lines, "columns": 48, "qr": slip.qr, "native_qr": native_qr, "cut": True}
    done = subprocess.run(
        [sys.executable, "-I", "-c", CHILD],
        input=json.dumps(order | {"family": "escpos"}),
        capture_output=True,
        text=True,
        check=True,
    )
    peak, share = (_mebibytes(done.stderr, name) for name in ("VmHWM", "Pss"))
    Row(
        what=f"slip child, {what}, peak RSS",
        ours=f"{peak:.1f} MiB",
        peer=f"{share:.1f} MiB",
        beside="itself, PSS at its end",
        promise=f"< {MOST_MEBIBYTES:g} MiB",
        kept=peak < MOST_MEBIBYTES,
        command=COMMAND,
    ).show()


def _mebibytes(text: str, name: str) -> float:
    found = re.search(rf"^ ?{name}:\s+(\d+) kB", text, re.MULTILINE)
    if found is None:
        raise ValueError(name)
    return int(found[1]) / 1024


if __name__ == "__main__":
    main()
