"""How often a second the processor is woken while nothing is due, beside the exporters and zabbix_agent2.

`python -m benchmarks.wakeups`. A wake-up is a voluntary context switch of any thread (proc(5), status):
whoever goes to sleep was woken before. Nobody asks the peers; our probes are due once an hour, events are
watched.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Final

from benchmarks.peers import peers
from benchmarks.processes import family
from benchmarks.rows import Row
from benchmarks.terminal import NEVER, counter, head_office, healthy, tables, terminal
from benchmarks.zabbix import zabbix_agent

WINDOW_SECONDS: Final = 60.0
COMMAND: Final = ".venv/bin/python -m benchmarks.wakeups"


def main() -> None:
    with (
        counter() as (folder, found),
        peers(folder, found.authority) as exporters,
        zabbix_agent(folder) as zabbix,
        head_office(folder, found) as office,
        terminal(folder, tables(found, healthy(found), NEVER), office) as daemon,
    ):
        measured = {
            "ours": family(daemon.pid),
            "both, never asked anything": [exporters.node_pid, exporters.blackbox_pid],
            "zabbix_agent2, without a server": [zabbix.pid],
        }
        before = {name: _switches(pids) for name, pids in measured.items()}
        time.sleep(WINDOW_SECONDS)
        rates = {name: (_switches(pids) - before[name]) / WINDOW_SECONDS for name, pids in measured.items()}
    ours = rates.pop("ours")
    for beside, theirs in rates.items():
        Row(
            what="wake-ups a second while idle, 60 s",
            ours=f"{ours:.1f}",
            peer=f"{theirs:.1f}",
            beside=beside,
            ratio=ours / theirs if theirs else None,
            command=COMMAND,
        ).show()


def _switches(pids: list[int]) -> int:
    return sum(_of_thread(status) for pid in pids for status in Path(f"/proc/{pid}/task").glob("*/status"))


def _of_thread(status: Path) -> int:
    with contextlib.suppress(OSError):
        lines = status.read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches:"))
    return 0


if __name__ == "__main__":
    main()
