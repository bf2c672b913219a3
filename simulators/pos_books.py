"""The books of a UnionPay-type POS application in SQLite, written as such an application would.

The tables are those of docs/journal.md.
"""

import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

SCHEMA = """
CREATE TABLE batch (
    number TEXT PRIMARY KEY,
    opened_at REAL NOT NULL,
    closing_at REAL,
    settled_at REAL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closing', 'failed', 'settled')),
    answer TEXT NOT NULL DEFAULT '',
    balances INTEGER
);
CREATE TABLE sale (
    trace INTEGER NOT NULL,
    batch TEXT NOT NULL REFERENCES batch (number),
    receipt TEXT NOT NULL,
    amount_cents INTEGER NOT NULL,
    sold_at REAL NOT NULL,
    posted_at REAL,
    printed_at REAL,
    print_failed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sale_sold_at ON sale (sold_at);
CREATE INDEX sale_batch ON sale (batch);
CREATE TABLE pre_slip (order_number TEXT, requested_at REAL, made_at REAL);
CREATE TABLE binding (terminal TEXT, merchant TEXT, host TEXT, account TEXT, since REAL NOT NULL);
"""


_MOMENTS = {
    "batch": ("opened_at", "closing_at", "settled_at"),
    "sale": ("sold_at", "posted_at", "printed_at"),
    "pre_slip": ("requested_at", "made_at"),
    "binding": ("since",),
}


class PosBooks:
    """Times are wall seconds; `at` None is now. Numbers go on from where they were."""

    def __init__(self, path: Path, *, wal: bool = True) -> None:
        self.path = path
        self._connection = _connected(path)
        self._connection.execute(f"PRAGMA journal_mode = {'WAL' if wal else 'DELETE'}")
        self._connection.executescript(SCHEMA)
        self._batch = 122
        self._trace = 0
        self._receipt = 1000
        path.chmod(0o644)  # the probe's account reads it as "others" do

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def batch(self) -> str:
        return f"{self._batch:06}"

    def open_batch(self, at: float | None = None) -> str:
        self._batch += 1
        self._trace = 0
        self.write("INSERT INTO batch (number, opened_at) VALUES (?, ?)", self.batch, _moment(at))
        return self.batch

    def sell(self, at: float | None = None, *, printed: bool = True, posted: bool = False) -> str:
        """The receipt's number."""
        self._trace += 1
        self._receipt += 1
        moment = _moment(at)
        self.write(
            "INSERT INTO sale VALUES (?, ?, ?, 1990, ?, ?, ?, 0)",
            self._trace,
            self.batch,
            f"{self._receipt}",
            moment,
            moment if posted else None,
            moment if printed else None,
        )
        return f"{self._receipt}"

    def fail_to_print(self) -> None:
        """The newest sale's receipt."""
        self.write(
            "UPDATE sale SET print_failed = 1, printed_at = NULL WHERE trace = ? AND batch = ?",
            self._trace,
            self.batch,
        )

    def print_again(self) -> None:
        """Every receipt that is missing."""
        self.write("UPDATE sale SET print_failed = 0, printed_at = ? WHERE printed_at IS NULL", now())

    def make_day_slip(self, at: float | None = None) -> None:
        self.write("INSERT INTO pre_slip (made_at) VALUES (?)", _moment(at))

    def ask_for_order_slip(self, order: str, at: float | None = None) -> None:
        self.write("INSERT INTO pre_slip (order_number, requested_at) VALUES (?, ?)", order, _moment(at))

    def begin_settlement(self, at: float | None = None) -> None:
        self.write(
            "UPDATE batch SET state = 'closing', closing_at = ? WHERE number = ?", _moment(at), self.batch
        )

    def fail_settlement(self, answer: str) -> None:
        self.write("UPDATE batch SET state = 'failed', answer = ? WHERE number = ?", answer, self.batch)

    def settle(self, at: float | None = None, *, balances: bool | None = True, posted: bool = True) -> None:
        """The open batch; what is in it is `posted`, and the next one begins."""
        moment = _moment(at)
        self.write(
            "UPDATE batch SET state = 'settled', settled_at = ?, balances = ? WHERE number = ?",
            moment,
            balances,
            self.batch,
        )
        if posted:
            self.post(moment)
        self.open_batch(moment)

    def post(self, at: float | None = None) -> None:
        """What is in the open batch."""
        self.write(
            "UPDATE sale SET posted_at = ? WHERE batch = ? AND posted_at IS NULL", _moment(at), self.batch
        )

    def bind(self, terminal: str, merchant: str, account: str, at: float | None = None) -> None:
        """Whom the money goes to from now on."""
        self.write(
            "INSERT INTO binding VALUES (?, ?, 'pos.acquirer.example', ?, ?)",
            terminal,
            merchant,
            account,
            _moment(at),
        )

    def let_pass(self, seconds: float) -> None:
        """As if that much time went by and nobody sold or settled: everything is that much older."""
        for table, columns in _MOMENTS.items():
            for column in columns:
                self.write(f"UPDATE {table} SET {column} = {column} - ?", seconds)  # noqa: S608  names of ours

    def write(self, sql: str, *values: object) -> None:
        self._connection.execute(sql, values)

    def close(self) -> None:
        self._connection.close()

    def open_again(self) -> None:
        """After `close`; what SQLite holds of a file that is open does not survive a fork."""
        self._connection = _connected(self.path)


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=5.0, isolation_level=None)


def now() -> float:
    return time.time()  # noqa: TID251  an application beside us, not a part of us


def _moment(at: float | None) -> float:
    return now() if at is None else at


def zone_at_noon() -> str:
    """Where it is past twelve now: a simulated store's day neither begins nor ends while it is looked at."""
    ahead = 12 - datetime.fromtimestamp(now(), UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # the sign of these names is turned round
