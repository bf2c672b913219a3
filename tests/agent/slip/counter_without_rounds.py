"""A slip desk as a process, with a paper that runs low in front of it: it prints, or waits, and ends.

`python -m tests.agent.slip.counter_without_rounds FOLDER PORT`; the journal is FOLDER/slips.json.
"""

from __future__ import annotations

import select
import sys
import time
from pathlib import Path

from agent.health import now
from agent.settings import Daemon, Settings, SlipSettings, Terminal
from agent.slip.desk import SlipDesk
from probes.receipt_printer.conditions import NEAR_END
from probes.receipt_printer.options import ReceiptPrinterOptions
from tests.agent.slip.situations import report
from tests.agent.till_readings import PRINTER, failing

PATIENCE_SECONDS = 20.0


def main() -> None:
    folder, port = sys.argv[1:]
    settings = Settings(
        terminal=Terminal(id="0412-2"),
        # no QR and no cut: a slip is composed in a moment
        slip=SlipSettings(print_on=("cause",), least_minutes_between=0, cutter=False),
        daemon=Daemon(state_folder=folder),
        options={"receipt_printer": ReceiptPrinterOptions(port=port, flow_control="none")},
    )
    low = report(failing(NEAR_END, PRINTER))
    codes = {known.reading.code for known in low.readings}
    desk = SlipDesk(settings, b"", lambda _: low, codes, at=now(), root=Path("/"))
    desk.look(now())
    desk.step(now())
    limit = time.monotonic() + PATIENCE_SECONDS
    while desk.fds and time.monotonic() < limit:
        select.select(desk.fds, [], [], 1.0)
        desk.step(now())


if __name__ == "__main__":
    main()
