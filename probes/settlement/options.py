"""The settings of the settlement probe: where the books are, and by when the store settles."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from msgspec import Meta, Struct, field

from probes.base import Options
from probes.settlement import posting_time, preset
from probes.settlement.file_source import FileQuestion
from protocols.pos_database.server import Server, parse
from vocabulary.calendar import parse_time
from vocabulary.store_calendar import StoreCalendar

ENGINES: Final = ("sqlite", "postgresql", "mariadb")

FilePattern = Annotated[str, Meta(pattern=r"^/(?!.*\*\*)", max_length=255)]


class ApprovedFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A settings file as it was approved: the `sha256` of it, as sha256sum(1) prints it."""

    path: Annotated[str, Meta(pattern="^/", max_length=255)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class SettlementOptions(Options, frozen=True, kw_only=True):
    """`preset` names the POS application, or a file of one's own; `database` is "sqlite:/var/lib/pos/pos.db",
    "postgresql://login@/name" or "mariadb://login@127.0.0.1:3306/name". `till` is the application's own word
    for this till, empty for all tills of these books.

    `busy_timeout_ms`: how long the POS itself waits for SQLite's lock, 0 where nobody knows. `deadline` is
    local time, at or before the calendar's cut-off that of the next morning. `stuck_minutes`: a settlement
    with its slip takes 3 to 5 (xingzhifupos.com/wenti/3500). `batch_limit`: sales a batch takes, 0 where not
    known. `day_slip_by`: when the day's pre-settlement slip must be there; `order_slip_seconds`: how long
    after it was asked for an order's. `pos_account` writes to `spool` and the database; `pos_program` is the
    [software] subject whose version matters. Of `merchant_id` only the last four are shown. `posting_days` is
    the acquirer's time, `change_days` how many working days another settlement card takes to come into
    effect; `binding_files` are file names, with "*", whose content also decides whom the money goes to.
    `calendar` stands in for the settings' own.
    """

    preset: str = ""
    database: Annotated[str, Meta(max_length=500)] = ""
    password_file: Annotated[str, Meta(pattern=r"^(/.*)?\Z", max_length=500)] = ""
    till: Annotated[str, Meta(max_length=100)] = ""
    files: dict[FileQuestion, Annotated[str, Meta(pattern=r"^/.*[^/]\Z", max_length=200)]] = field(
        default_factory=dict
    )
    log: Annotated[str, Meta(pattern=r"^(/.*[^/])?\Z", max_length=200)] = ""
    busy_timeout_ms: Annotated[int, Meta(ge=0, le=600_000)] = 0
    deadline: str = "24:00"
    due_soon_minutes: Annotated[int, Meta(ge=0, le=720)] = 60
    stuck_minutes: Annotated[int, Meta(ge=1, le=1440)] = 10
    batch_limit: Annotated[int, Meta(ge=0, le=100_000)] = 0
    receipt_grace_seconds: Annotated[int, Meta(ge=0, le=3600)] = 120
    day_slip_by: str = ""
    order_slip_seconds: Annotated[int, Meta(ge=0, le=3600)] = 0
    pos_account: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{0,32}\Z")] = ""
    pos_program: Annotated[str, Meta(max_length=200)] = ""
    spool: Annotated[str, Meta(pattern=r"^(/.*)?\Z", max_length=200)] = ""
    terminal_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{0,16}\Z")] = ""
    merchant_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{0,20}\Z")] = ""
    posting_days: str = "T+1"
    change_days: Annotated[int, Meta(ge=0, le=9)] = 3
    binding_files: Annotated[tuple[FilePattern, ...], Meta(max_length=10)] = ()
    traces_count_sales: bool = False
    approved_settings: Annotated[tuple[ApprovedFile, ...], Meta(max_length=20)] = ()
    calendar: StoreCalendar | None = None

    def __post_init__(self) -> None:
        """Raise ValueError."""
        parse_time(self.deadline)
        posting_time.parse(self.posting_days)
        if self.day_slip_by:
            parse_time(self.day_slip_by)
        if bool(self.preset) != bool(self.database or self.log):
            raise ValueError("preset belongs together with database or log: set both, or neither")
        if self.database:
            self._check_database()
        if self.log and preset.load(self.preset).lines is None:
            raise ValueError(f"preset {self.preset} knows no log lines; leave log empty")

    def _check_database(self) -> None:
        engine = self.address.scheme
        if engine not in ENGINES:
            raise ValueError(f"database {engine}: begins with one of {', '.join(e + ':' for e in ENGINES)}")
        chosen = preset.load(self.preset)
        if engine not in chosen.engines:
            raise ValueError(f"preset {self.preset} is for {', '.join(chosen.engines)}, not {engine}")
        if self.till and not chosen.tells_tills:
            raise ValueError(f"till: preset {self.preset} does not tell tills apart")
        if engine == "sqlite" and self.password_file:
            raise ValueError("password_file: SQLite has no login")
        if engine != "sqlite":
            try:
                parse(self.database)
            except ValueError as error:
                raise ValueError(f"database: {error}") from None

    @property
    def is_set_up(self) -> bool:
        return bool(self.preset or self.files)

    @property
    def address(self) -> SplitResult:
        return urlsplit(self.database)

    @property
    def server(self) -> Server:
        """Of a database that is none of SQLite's."""
        return parse(self.database)

    @property
    def merchant(self) -> str:
        """What may be shown of the merchant number."""
        return f"..{self.merchant_id[-4:]}" if self.merchant_id else "-"
