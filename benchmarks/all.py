"""Every benchmark in turn, as one table: `make bench`. Figures of other runs do not compare, ratios do."""

from __future__ import annotations

import platform
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BENCHMARKS = (
    *("status", "sweep", "memory", "zabbix", "cpu", "wakeups", "wire"),
    *("broker", "slip", "printer", "payment_lines", "path", "beside_pos", "events", "telling", "herd"),
)


def main() -> int:
    """1 where a benchmark could not be run; a promise that is not kept is a line, not an error."""
    begun = time.monotonic()
    print(f"{platform.platform()}, {_processor()}, Python {platform.python_version()}\n", flush=True)
    names = ["rows", *BENCHMARKS]
    failed = [
        name for name in names if subprocess.call([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT)
    ]
    print(f"\n{time.monotonic() - begun:.0f} s", flush=True)
    if failed:
        print(f"could not be run: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(models)} x {models[0]}" if models else platform.machine()


if __name__ == "__main__":
    sys.exit(main())
