"""How far a task is, by days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from probes.maintenance.due import Standing, by_days

DONE = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("every", "standings"),
    [
        (1, [None, Standing.DUE, Standing.OVERDUE]),
        (2, [None, Standing.SOON, Standing.DUE, Standing.OVERDUE]),
        (7, [None] * 6 + [Standing.SOON, Standing.DUE, Standing.DUE, Standing.OVERDUE]),
    ],
)
def test_what_was_done_today_is_well(every: int, standings: list[Standing | None]) -> None:
    """Day by day from then on, also of what is to be done daily."""
    days = [DONE + timedelta(days=day) for day in range(len(standings))]
    assert [by_days(DONE, every, day).standing for day in days] == standings
