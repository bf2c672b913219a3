"""Merged ranges say the same as a plain set of numbers."""

from __future__ import annotations

import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from headoffice.coverage import cover, is_covered, stored_through

RANGES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 8)), max_size=25)


@given(RANGES)
def test_ranges_in_any_order_cover_what_a_set_would(ranges: list[tuple[int, int]]) -> None:
    """And neighbours melt, so that years of heartbeats are one row."""
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    database.execute("CREATE TABLE covered (spool, first, through, PRIMARY KEY (spool, first)) WITHOUT ROWID")
    plain: set[int] = set()
    for first, length in ranges:
        cover(database, 1, first, first + length)
        plain.update(range(first, first + length + 1))
    assert {each for each in range(1, 60) if is_covered(database, 1, each, each)} == plain
    assert stored_through(database, 1) == next(each for each in range(1, 60) if each not in plain) - 1
    rows = database.execute("SELECT count(*) FROM covered").fetchone()[0]
    database.close()
    assert rows == sum(1 for each in plain if each - 1 not in plain)
