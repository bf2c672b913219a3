"""One fault through every layer, on real bytes: from the printer's reply to head office's page."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from simulators.escpos_printer import EscposPrinter
from tests.counter import HeadOffice, daemon, poshealth, wait_for, write_settings
from tests.port_holders import printer_table


@pytest.fixture
def office(tmp_path: Path) -> HeadOffice:
    return HeadOffice(tmp_path)


def test_paper_out_reaches_head_office(office: HeadOffice, tmp_path: Path, holders_socket: str) -> None:
    """The roll runs out while the daemon runs: cause, owner and loss stand in head office's database."""
    with EscposPrinter(columns=32) as printer:
        office.start()
        tables = f"{printer_table(printer.pty_path, holders_socket)}[every_seconds]\nreceipt_printer = 0.5\n"
        with daemon(write_settings(tmp_path, office.url, tables)):
            wait_for(lambda: [row for row in office.terminals() if "receipts" in row["works"]])
            printer.state.paper_out = True
            wait_for(lambda: [row for row in office.terminals() if "receipts" in row["lost"]])
            row = office.terminals()[0]
        office.stop()

    assert row["terminal"] == "0412-2"
    assert [cause["code"] for cause in row["causes"]] == ["receipt-printer.paper-out"]
    assert row["causes"][0]["owner"] == "staff"
    with sqlite3.connect(office.database) as database:
        assert b"receipt-printer.paper-out" in b"".join(str(line).encode() for line in database.iterdump())
    assert set(printer.journal.received) <= set(b"\x10\x04\x01\x02\x03")


def test_check_by_itself_names_the_same_cause(tmp_path: Path, holders_socket: str) -> None:
    """Without a daemon the command probes itself, unprivileged, and exits 2."""
    with EscposPrinter(columns=32) as printer:
        printer.state.paper_out = True
        settings = write_settings(tmp_path, "", printer_table(printer.pty_path, holders_socket))
        done = poshealth("check", "receipt_printer", "--json", "--settings", str(settings))

    report = json.loads(done.stdout)
    assert done.returncode == 2
    assert [cause["code"] for cause in report["diagnosis"]["causes"]] == ["receipt-printer.paper-out"]
    assert report["diagnosis"]["lost"] == ["receipts"]
