"""A slip desk and its own printer, without daemon and POS: in hand, or as a process to be killed.

`python -m tests.agent.slip.counter_without_rounds FOLDER PORT`: the paper runs low, and it prints, or waits,
and ends; the journal is FOLDER/slips.json.
"""

from __future__ import annotations

import select
import sys
import time
from pathlib import Path

from agent.health import now
from agent.settings.settings import Daemon, Settings, SlipSettings, Terminal
from agent.slip.desk import SlipDesk
from agent.tracker import Moment
from probes.receipt_printer.conditions import NEAR_END
from probes.receipt_printer.options import ReceiptPrinterOptions
from tests.agent.slip.situations import report
from tests.agent.till_readings import PRINTER, failing
from vocabulary.report import Report

PATIENCE_SECONDS = 20.0
ON_CAUSE = SlipSettings(print_on=("cause",), least_minutes_between=0, cutter=False)
"""No QR and no cut: a slip is composed in a moment."""


class Counter:
    """`report` is what the desk sees; `look` stands for the end of a round, `drive` for the daemon's loop."""

    def __init__(
        self, folder: Path, port: str, slip: SlipSettings = ON_CAUSE, at: Moment | None = None
    ) -> None:
        settings = Settings(
            terminal=Terminal(id="0412-2"),
            slip=slip,
            daemon=Daemon(state_folder=str(folder)),
            options={"receipt_printer": ReceiptPrinterOptions(port=port, owner="ours", flow_control="none")},
        )
        self.report: Report = report(failing(NEAR_END, PRINTER))
        codes = {known.reading.code for known in self.report.readings}
        self.desk = SlipDesk(settings, b"", lambda _: self.report, codes, at=at or now())

    def look(self, at: Moment | None = None) -> None:
        self.desk.look(at or now())
        self.desk.step(at or now())

    def drive(self, at: Moment | None = None) -> None:
        """Until nothing is under way."""
        limit = time.monotonic() + PATIENCE_SECONDS
        self.desk.step(at or now())
        while self.desk.fds and time.monotonic() < limit:
            select.select(self.desk.fds, [], [], 1.0)
            self.desk.step(at or now())

    @property
    def fates(self) -> list[str]:
        return [note.fate for note in self.desk.notes]


def main() -> None:
    folder, port = sys.argv[1:]
    counter = Counter(Path(folder), port)
    counter.look()
    counter.drive()


if __name__ == "__main__":
    main()
