"""The simulated books keep what a POS application would."""

from __future__ import annotations

import sqlite3
from pathlib import Path

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
