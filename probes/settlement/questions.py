"""What is asked of a POS application's books: counts, times, numbers of batches and receipts, and no more.

Fields ending in `_at` are wall seconds, None where there is no such moment; `number` and `batch` are text.
A preset answers a question with columns of these names; rows it cannot answer it leaves out.
"""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct

from probes.settlement.messages import Kind, Message, recognise

RECOGNISED: Final = (
    "kind",
    "phrase",
    "mark",
)  # never columns: there they would be the application's own words


class Question(Struct, frozen=True, kw_only=True):
    """`asks` is its name in presets, `values` what its statement may use beside `:now`; `needs` are the
    columns without which a row would be taken for one that says that all is well.
    """

    asks: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    values: ClassVar[tuple[str, ...]] = ()


class Settled(Question, frozen=True, kw_only=True):
    """The last settlement that went through."""

    asks = "settled"
    needs = ("settled_at",)

    settled_at: float | None = None


class OpenBatch(Question, frozen=True, kw_only=True):
    """What waits for settlement: the batch (or session, or shift), since when, and how many sales are in it.

    No row, or no sales: nothing waits.
    """

    asks = "open_batch"
    needs = ("sales",)

    batch: str = ""
    opened_at: float | None = None
    first_sale_at: float | None = None
    sales: int = 0


class Closing(Question, frozen=True, kw_only=True):
    """A settlement that was begun and is not through; no row where there is none.

    `said` is the application's own word for what went wrong, which never leaves the probe as it is; `kind`,
    `phrase` and `mark` stand in its place where a source has recognised it already.
    """

    asks = "closing"

    batch: str = ""
    since_at: float | None = None
    has_failed: bool = False
    said: str = ""
    kind: Kind | None = None
    phrase: str = ""
    mark: str = "-"

    @property
    def message(self) -> Message:
        return Message(self.kind, self.phrase, self.mark) if self.kind else recognise(self.said)


class Totals(Question, frozen=True, kw_only=True):
    """Whether the newest settled batch balances with the host's totals; no row where nobody compares."""

    asks = "totals"
    needs = ("balances",)

    batch: str = ""
    settled_at: float | None = None
    balances: bool | None = None


class Traces(Question, frozen=True, kw_only=True):
    """The trace numbers of the open batch: `present` of those from `lowest` to `highest` are there."""

    asks = "traces"
    needs = ("lowest", "highest", "present")

    batch: str = ""
    lowest: int = 0
    highest: int = 0
    present: int = 0


class Twice(Question, frozen=True, kw_only=True):
    """One row for each receipt that stands in the books more than once."""

    asks = "twice"
    values = ("since",)

    number: str = ""
    times: int = 2


class Sold(Question, frozen=True, kw_only=True):
    asks = "sold"
    needs = ("sales",)
    values = ("since",)

    sales: int = 0
    first_at: float | None = None
    newest_at: float | None = None


class Posted(Question, frozen=True, kw_only=True):
    """What was sold since and is posted (入账); posted is never money received (到账)."""

    asks = "posted"
    needs = ("posted",)
    values = ("since",)

    posted: int = 0
    newest_at: float | None = None


class Unposted(Question, frozen=True, kw_only=True):
    asks = "unposted"
    needs = ("unposted",)

    unposted: int = 0
    oldest_at: float | None = None


class Unprinted(Question, frozen=True, kw_only=True):
    """One row for each sale without a receipt."""

    asks = "unprinted"
    values = ("since", "before")

    number: str = ""
    sold_at: float | None = None


class LastReceipt(Question, frozen=True, kw_only=True):
    asks = "last_receipt"

    number: str = ""
    sold_at: float | None = None
    has_failed: bool = False


class DaySlip(Question, frozen=True, kw_only=True):
    """Pre-settlement slips (预结算单) made from `day_begins` on, when a business date's first sale was, and
    before `day_ends`, the end of the date under way: one that is made late is there, too.
    """

    asks = "day_slip"
    needs = ("made",)
    values = ("day_begins", "day_ends")

    made: int = 0
    made_at: float | None = None


class OrderSlips(Question, frozen=True, kw_only=True):
    """One row for each pre-settlement slip of an order that was asked for in this time and is not there."""

    asks = "order_slips"
    values = ("since", "before")

    number: str = ""
    requested_at: float | None = None


class Binding(Question, frozen=True, kw_only=True):
    """Whom the money goes to, in the application's own words; only a hash of them leaves the probe."""

    asks = "binding"

    terminal: str = ""
    merchant: str = ""
    host: str = ""
    account: str = ""


ALL_QUESTIONS: tuple[type[Question], ...] = (
    Settled,
    OpenBatch,
    Closing,
    Totals,
    Traces,
    Twice,
    Sold,
    Posted,
    Unposted,
    Unprinted,
    LastReceipt,
    DaySlip,
    OrderSlips,
    Binding,
)
