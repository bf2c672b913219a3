"""Changes of cause, in whatever order the reports come."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from headoffice.intake import open_parcel
from headoffice.store import Store
from tests.headoffice import reports
from vocabulary.report import Cause
from vocabulary.wire import Parcel, encode

SITUATIONS: dict[str, tuple[Cause, ...]] = {
    "well": (),
    "paper": (reports.paper_out(1_700_000_000.0),),
    "port": (reports.port_closed(1_700_000_000.0),),
}


def receive(store: Store, sequence: int, situation: str) -> None:
    report = reports.report(sequence=sequence, causes=SITUATIONS[situation], at=1_700_000_000.0 + sequence)
    parcel = Parcel(terminal="s0412-t2", spool="spool-1", records=(reports.full(report),))
    store.receive(open_parcel(encode(parcel), "s0412-t2"), now=1_700_000_000.0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(sorted(SITUATIONS)), min_size=1, max_size=8), st.randoms())
def test_the_order_of_arrival_does_not_matter(situations: list[str], luck: st.randoms) -> None:  # type: ignore[valid-type]
    """A change stands where a report differs from the one before it by number."""
    numbered = list(enumerate(situations, start=1))
    wanted = [n for n, situation in numbered if n == 1 or situation != situations[n - 2]]
    luck.shuffle(numbered)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "office.sqlite")
        for sequence, situation in numbered:
            receive(store, sequence, situation)
        store.close()
        database = sqlite3.connect(Path(folder) / "office.sqlite")
        found = [row[0] for row in database.execute("SELECT sequence FROM change ORDER BY sequence")]
        database.close()
    assert found == wanted


def test_a_change_outlives_the_reports_of_the_ring(tmp_path: Path) -> None:
    """The report that first said so is gone; the next one saying the same is still no change."""
    store = Store(tmp_path / "office.sqlite", kept_heartbeats=2)
    receive(store, 1, "paper")
    for sequence in range(2, 8):
        parcel = Parcel(terminal="s0412-t2", spool="spool-1", records=(reports.pulse(sequence, 1),))
        store.receive(open_parcel(encode(parcel), "s0412-t2"), now=1_700_000_000.0)
    receive(store, 8, "paper")
    receive(store, 9, "well")
    store.close()
    database = sqlite3.connect(tmp_path / "office.sqlite")
    found = [row[0] for row in database.execute("SELECT sequence FROM change ORDER BY sequence")]
    database.close()
    assert found == [1, 9]
