"""The simulated books keep what a POS application would."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from simulators import pos_books
from simulators.pos_books import PosBooks


def test_a_day_of_sales_is_settled_into_a_new_batch(tmp_path: Path) -> None:
    with PosBooks(tmp_path / "pos.db") as books:
        first = books.open_batch(1000.0)
        books.sell(1100.0)
        books.settle(2000.0)
        books.sell(2100.0)

        books.let_pass(500.0)

    rows = sqlite3.connect(tmp_path / "pos.db").execute("SELECT batch, trace, posted_at FROM sale").fetchall()
    assert rows == [(first, 1, 1500.0), (books.batch, 1, None)]
    assert books.batch == "000124"


@pytest.mark.parametrize("hour", range(24))
def test_it_is_past_twelve_in_the_store(hour: int, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime(2026, 11, 30, hour, 59, tzinfo=UTC)
    monkeypatch.setattr(pos_books, "now", moment.timestamp)

    assert moment.astimezone(ZoneInfo(pos_books.zone_at_noon())).hour == 12
