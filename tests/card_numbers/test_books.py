"""Card numbers in the books of the POS: its columns, its log, the names of its files."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.running.probe_run import ProbeRun
from probes.settlement.options import SettlementOptions
from probes.settlement.probe import PROBE
from simulators.pos_books import PosBooks, now, zone_at_noon
from tests.card_numbers.drawn import Planted, few, leaks, planted
from tests.card_numbers.outlets import outlets
from tests.conftest import RunProbe
from vocabulary.reading import Status
from vocabulary.store_calendar import StoreCalendar

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


def plant(books: PosBooks, drawn: Planted) -> None:
    """The number in every column, behind the name."""
    for table, column in TEXTS:
        books.write(f"UPDATE {table} SET {column} = rowid || '/' || ?", f"{drawn.name} {drawn.text}")
    books.write("UPDATE sale SET batch = (SELECT number FROM batch LIMIT 1)")


LOOSE: Final = """
application = "a log that is taken at its word"
versions = "1"
source = "here"
[lines]
time = "%Y-%m-%d %H:%M:%S"
[lines.happenings]
sale = '^(?P<time>.{19}) SALE (?P<number>.*)'
receipt = '^(?P<time>.{19}) PRINTED (?P<number>.*)'
settlement_begun = '^(?P<time>.{19}) BEGUN'
settlement_failed = '^(?P<time>.{19}) FAILED (?P<said>.*)'
slip_asked = '^(?P<time>.{19}) ASKED (?P<number>.*)'
slip_made = '^(?P<time>.{19}) MADE (?P<number>.*)'
"""


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
        plant(books, drawn)
        planted_there = min(int(drawn.number), 2**63 - 1) if digits_only else drawn.text
        books.write(f"UPDATE {figure[0]} SET {figure[1]} = ?", planted_there)
    options = SettlementOptions(
        preset="unionpay",
        database="sqlite:/pos.db",
        busy_timeout_ms=5000,
        batch_limit=2,
        order_slip_seconds=10,
        day_slip_by="00:01",
        calendar=StoreCalendar(zone=zone_at_noon()),
    )
    run = run_probe(PROBE, options, root=root)
    said = outlets(PROBE, run) | {"stderr": capfd.readouterr().err}

    assert run.complete, run.error
    assert leaks(said, drawn, names_too=True) == {}


class Log:
    """Of an application that writes whatever it likes, and the rounds in which it is read."""

    def __init__(self, folder: Path, run_probe: RunProbe, name: str = "pos.log") -> None:
        self._root = Path(tempfile.mkdtemp(dir=folder))
        self._root.chmod(0o755)
        (self._root / "loose.toml").write_text(LOOSE)
        self._path = self._root / name
        self._zone = zone_at_noon()
        self._run_probe = run_probe
        self._memory: dict[str, object] | None = None

    def round(self, *lines: str) -> ProbeRun:
        at = datetime.fromtimestamp(now() - 3600, ZoneInfo(self._zone)).strftime("%Y-%m-%d %H:%M:%S")
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(f"{at} {line}\n" for line in lines)
        options = SettlementOptions(
            preset=f"{self._root}/loose.toml",
            log="/pos*.log",
            batch_limit=3,
            order_slip_seconds=10,
            calendar=StoreCalendar(zone=self._zone),
        )
        run = self._run_probe(PROBE, options, root=self._root, memory=self._memory)
        assert run.complete, run.error
        self._memory = run.memory
        return run


@few
@given(drawn=planted())
def test_every_log_line(
    run_probe: RunProbe, till_folder: Path, capfd: pytest.CaptureFixture[str], drawn: Planted
) -> None:
    """Nor in what is remembered of it until the next round."""
    log = Log(till_folder, run_probe, f"pos-{drawn.number}.log")
    said = drawn.text
    first = log.round(
        f"SALE 7 {said}", f"ASKED {drawn.name} {said} 8", "BEGUN", f"FAILED {said}", f"SALE {said}"
    )
    second = log.round(f"PRINTED {said}", f"MADE {said}")

    assert leaks(outlets(PROBE, first), drawn, names_too=True) == {}
    heard = outlets(PROBE, second) | {"stderr": capfd.readouterr().err}
    assert leaks(heard, drawn, names_too=True) == {}


def test_a_receipt_that_looks_like_a_card_is_known_again(run_probe: RunProbe, till_folder: Path) -> None:
    """In a later round, when what is remembered of it are four digits."""
    log = Log(till_folder, run_probe)
    missing = log.round("SALE 4111111111111111", "SALE 1038", "PRINTED 1038")
    printed = log.round("PRINTED 4111111111111111")

    assert [failing(run) for run in (missing, printed)] == [["..1111 "], []]


def failing(run: ProbeRun) -> list[str]:
    """The numbers of receipts that are missing, without their times."""
    return [
        str(each.facts["numbers"])[:7]
        for each in run.readings
        if each.code == "receipts.missing" and each.status is Status.FAILING
    ]
