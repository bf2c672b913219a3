"""Card numbers in the books of the POS: its columns, its log, the names of its files."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.settlement.options import SettlementOptions
from probes.settlement.probe import PROBE
from simulators.pos_books import PosBooks, now
from tests.card_numbers.drawn import Planted, few, leaks, planted
from tests.card_numbers.outlets import outlets
from tests.conftest import RunProbe

TEXTS = (
    ("batch", "number"),
    ("batch", "answer"),
    ("sale", "receipt"),
    ("pre_slip", "order_number"),
    *(("binding", name) for name in ("terminal", "merchant", "host", "account")),
)
FIGURES = (
    *(("batch", name) for name in ("opened_at", "closing_at", "settled_at", "balances")),
    *(("sale", name) for name in ("trace", "sold_at", "posted_at", "printed_at", "print_failed")),
    *(("pre_slip", name) for name in ("requested_at", "made_at")),
    ("binding", "since"),
)
BATCHES = ("open", "closing", "failed", "unbalanced")


def bad_day(books: PosBooks, batch: str) -> None:
    """One on which everything went wrong, so that all there is to say is said."""
    begun = now() - 26 * 3600
    books.open_batch(begun)
    for after in (60, 70):
        books.sell(begun + after, printed=False)
    books.fail_to_print()
    books.ask_for_order_slip("T1", begun + 60)
    books.bind("10480412", "898", "6222", begun)
    books.bind("10480412", "899", "6222", begun + 90)
    if batch in ("closing", "failed"):
        books.begin_settlement(begun + 100)
    if batch == "failed":
        books.fail_settlement("?")
    if batch == "unbalanced":
        books.settle(begun + 100, balances=False)


def plant(books: PosBooks, text: str) -> None:
    for table, column in TEXTS:
        books.write(f"UPDATE {table} SET {column} = rowid || '/' || ?", text)
    books.write("UPDATE sale SET batch = (SELECT number FROM batch LIMIT 1)")


@few
@given(
    drawn=planted(),
    batch=st.sampled_from(BATCHES),
    figure=st.sampled_from(FIGURES),
    digits_only=st.booleans(),
)
def test_every_column(  # noqa: PLR0917  fixtures and what is drawn
    run_probe: RunProbe,
    till_folder: Path,
    capfd: pytest.CaptureFixture[str],
    drawn: Planted,
    batch: str,
    figure: tuple[str, str],
    digits_only: bool,
) -> None:
    """Neither number nor track nor name, also where a time or a count should stand."""
    root = Path(tempfile.mkdtemp(dir=till_folder))
    root.chmod(0o755)
    with PosBooks(root / "pos.db", wal=False) as books:
        books.write("PRAGMA synchronous = OFF")
        bad_day(books, batch)
        plant(books, drawn.text)
        planted_there = min(int(drawn.number), 2**63 - 1) if digits_only else drawn.text
        books.write(f"UPDATE {figure[0]} SET {figure[1]} = ?", planted_there)
    options = SettlementOptions(
        preset="unionpay",
        database="sqlite:/pos.db",
        busy_timeout_ms=5000,
        batch_limit=2,
        order_slip_seconds=10,
        day_slip_by="00:01",
    )
    run = run_probe(PROBE, options, root=root)
    said = outlets(PROBE, run) | {"stderr": capfd.readouterr().err}

    assert run.complete, run.error
    assert leaks(said, drawn, names_too=True) == {}
