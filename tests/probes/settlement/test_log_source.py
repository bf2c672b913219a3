"""Log lines become books: read on, over rotation, garbage and half lines; nothing of their words is kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.memory import MAX_BYTES, Memory
from probes.settlement import log_source, preset
from probes.settlement.lines import Happening, Lines
from probes.settlement.log_source import LogSource
from probes.settlement.messages import Kind
from probes.settlement.questions import (
    Closing,
    LastReceipt,
    OpenBatch,
    OrderSlips,
    Question,
    Settled,
    Unprinted,
)
from probes.settlement.tally import MAX_OPEN
from probes.till import Till
from protocols.pos_database.database import DatabaseError

FOREVER = {"since": 0.0, "before": 9e9}


def unionpay() -> Lines:
    lines = preset.load("unionpay").lines
    assert lines is not None
    return lines


LINES = unionpay()


class Log:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.memory = Memory()
        self.lines = LINES

    def says(self, text: str, name: str = "pos.log", mode: str = "a") -> None:
        with (self.folder / name).open(mode, encoding="utf-8", newline="") as file:
            file.write(text)

    def on_day(self, day: str) -> None:
        """The till's clock says noon of that day of November 2026."""
        (self.folder / "wall_seconds").write_text(
            str(datetime.fromisoformat(f"2026-11-{day}T12:00Z").timestamp())
        )

    def read(self) -> LogSource:
        return LogSource("/pos*.log", self.lines, UTC, Till(self.folder), self.memory)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def at(text: str) -> float:
    return datetime.fromisoformat(f"2026-11-21T{text}").replace(tzinfo=UTC).timestamp()


def test_a_day_is_told_by_its_lines(log: Log) -> None:
    log.says(
        "2026-11-21 12:30:00 SALE trace=12 receipt=1037\n"
        "2026-11-21 12:30:02 PRINTED receipt=1037\n"
        "2026-11-21 12:31:00 SALE trace=13 receipt=1038\n"
        "2026-11-21 12:31:02 PRINT FAILED receipt=1038\n"
        "2026-11-21 12:40:00 PRESLIP ASKED order=T12\n"
    )
    source = log.read()

    assert source.rows(OpenBatch, {}) == [{"first_sale_at": at("12:30:00"), "sales": 2}]
    assert source.rows(Unprinted, FOREVER) == [{"number": "1038", "sold_at": at("12:31:00")}]
    assert source.rows(LastReceipt, {}) == [{"number": "1038", "sold_at": at("12:31:00"), "has_failed": True}]
    assert source.rows(OrderSlips, FOREVER) == [{"number": "T12", "requested_at": at("12:40:00")}]


def test_what_comes_later_takes_it_back(log: Log) -> None:
    """Reprinted, made after all, settled."""
    log.says("2026-11-21 12:31:00 SALE receipt=1038\n2026-11-21 12:31:02 PRINT FAILED receipt=1038\n")
    log.says("2026-11-21 12:40:00 PRESLIP ASKED order=T12\n")
    log.read()
    log.says("2026-11-21 12:35:00 PRINTED receipt=1038\n2026-11-21 12:40:02 PRESLIP MADE order=T12\n")
    log.says("2026-11-21 22:30:00 SETTLEMENT BEGUN\n2026-11-21 22:31:00 SETTLED\n")
    source = log.read()

    assert (
        source.rows(Unprinted, FOREVER) == source.rows(OrderSlips, FOREVER) == source.rows(Closing, {}) == []
    )
    assert source.rows(Settled, {}) == [{"settled_at": at("22:31:00")}]
    assert source.rows(OpenBatch, {}) == [{"first_sale_at": None, "sales": 0}]


def test_a_failed_settlement_is_kept_as_what_it_means(log: Log) -> None:
    log.says("2026-11-21 22:30:00 SETTLEMENT BEGUN\n")
    log.says("2026-11-21 22:30:40 SETTLEMENT FAILED 商户张三6222021234567890128账户已冻结\n")
    (row,) = log.read().rows(Closing, {})

    assert (row["kind"], row["phrase"]) == (Kind.ACCOUNT, "the account is held back")
    assert "张三" not in json.dumps(log.memory.values(), ensure_ascii=False)


def test_lines_are_counted_once(log: Log) -> None:
    log.says("2026-11-21 12:30:00 SALE receipt=1\n")
    log.read()
    log.read()
    assert log.read().rows(OpenBatch, {})[0]["sales"] == 1


def test_half_a_line_waits_for_its_rest(log: Log) -> None:
    log.says("2026-11-21 12:30:00 SALE rec")
    assert log.read().rows(OpenBatch, {})[0]["sales"] == 0
    log.says("eipt=1037\n")
    assert log.read().rows(LastReceipt, {})[0]["number"] == "1037"


@pytest.mark.parametrize("how", ["renamed", "copied and truncated"])
def test_a_log_that_was_rotated_is_read_on(log: Log, how: str) -> None:
    log.says("2026-11-21 12:30:00 SALE receipt=1\n2026-11-21 12:31:00 SALE receipt=2\n")
    log.read()
    if how == "renamed":
        log.says("2026-11-21 12:31:30 SALE receipt=3\n")
        (log.folder / "pos.log").rename(log.folder / "pos.1.log")
        log.says("2026-11-21 12:32:00 SALE receipt=4\n", mode="w")
    else:
        log.says("2026-11-21 12:32:00 SALE receipt=4\n", mode="w")

    assert log.read().rows(OpenBatch, {})[0]["sales"] == (4 if how == "renamed" else 3)


def test_what_is_too_much_for_one_round_waits_and_nothing_is_told_meanwhile(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also across a rotation, and behind a line that is longer than a round. Nothing is left out."""
    monkeypatch.setattr(log_source, "BYTES_A_ROUND", 100)
    log.says("2026-11-21 12:30:00 SALE receipt=1\n")
    log.read()
    log.says("".join(f"2026-11-21 12:31:0{number} SALE receipt={number}\n" for number in range(2, 8)))
    log.says(f"{'x' * 300}\n")
    log.says("2026-11-21 12:31:30 SALE receipt=8\n")
    (log.folder / "pos.log").rename(log.folder / "pos.1.log")
    log.says("2026-11-21 12:32:00 SALE receipt=9\n", mode="w")

    for _ in range(6):
        with pytest.raises(DatabaseError, match=r"busy: the log is still being read"):
            log.read()
    assert [log.read().rows(OpenBatch, {})[0]["sales"] for _ in range(2)] == [9, 9]
    assert log.read().rows(LastReceipt, {})[0]["number"] == "9"


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "9999-99-99 99:99:99 SALE receipt=1",
        "2026-11-21 12:30:00 SALE",
        "\x00\x01\x02",
        "x" * 5000 + " SALE receipt=1",
    ],
)
def test_a_line_that_says_nothing_is_passed_over(log: Log, line: str) -> None:
    log.says(f"{line}\n2026-11-21 12:30:00 SALE receipt=7\n")
    assert log.read().rows(OpenBatch, {})[0]["sales"] == 1


def test_no_file_is_told(log: Log) -> None:
    with pytest.raises(DatabaseError, match="no file"):
        log.read()


def test_a_log_of_which_no_line_was_ever_understood_tells_nothing(log: Log) -> None:
    """Not one of which nothing is new, nor one that is still empty."""
    log.says("", name="pos.0.log")
    assert log.read().rows(OpenBatch, {})[0]["sales"] == 0
    log.says("21.11.2026 12:30:00 SALE receipt=1\n")
    for _ in range(2):
        with pytest.raises(DatabaseError, match="no line is understood"):
            log.read()

    log.says("2026-11-21 12:31:00 PRINTED receipt=1\n")
    log.says("21.11.2026 12:32:00 SALE receipt=2\n")
    assert log.read().rows(Settled, {}) == [{"settled_at": None}]
    assert log.read().rows(Closing, {}) == []


def test_a_log_that_is_no_longer_understood_tells_nothing_on_the_third_day(log: Log) -> None:
    """Days on which no line came do not count; one line that is understood, and it tells again."""
    log.on_day("02")
    log.says("2026-11-02 12:30:00 SALE receipt=1\n02.11.2026 12:32:00 SALE receipt=2\n")
    for day in ("02", "09", "10"):
        log.on_day(day)
        log.says(f"{day}.11.2026 11:30:00 SALE receipt=3\n")
        assert log.read().rows(OpenBatch, {})[0]["sales"] == 1

    log.on_day("11")
    assert log.read().rows(OpenBatch, {})[0]["sales"] == 1
    log.says("11.11.2026 11:30:00 SALE receipt=3\n")
    for _ in range(2):
        with pytest.raises(DatabaseError, match="no line is understood"):
            log.read()
    log.says("2026-11-11 11:30:00 SALE receipt=4\n")
    assert log.read().rows(OpenBatch, {})[0]["sales"] == 2


@pytest.mark.parametrize(
    ("told", "question", "columns", "offered"),
    [
        ({"settled"}, Settled, (), True),
        ({"sale"}, Settled, (), False),
        ({"sale"}, OpenBatch, (), False),
        ({"sale", "receipt"}, Unprinted, (), True),
        ({"sale"}, Unprinted, (), False),
        ({"sale", "receipt"}, LastReceipt, ("has_failed",), False),
        ({"sale", "receipt_failed"}, LastReceipt, ("has_failed",), True),
        ({"settled", "settlement_begun"}, Closing, ("since_at",), True),
        ({"settled", "settlement_begun"}, Closing, ("has_failed", "said"), False),
        ({"settled", "settlement_failed"}, Closing, ("has_failed", "said"), True),
        ({"slip_asked"}, OrderSlips, (), False),
    ],
)
def test_what_no_line_tells_is_not_offered(
    log: Log, told: set[Happening], question: type[Question], columns: tuple[str, ...], offered: bool
) -> None:
    log.says("")
    log.lines = Lines(time=LINES.time, happenings={name: LINES.happenings[name] for name in told})

    assert log.read().offers(question, *columns) is offered


@settings(deadline=None)
@given(st.lists(st.sampled_from(["SALE receipt=", "PRESLIP ASKED order="]), min_size=1, max_size=200))
def test_what_is_remembered_stays_small(happenings: list[str]) -> None:
    """However many sales have no receipt, and however long their numbers are."""
    tally_lines = [
        f"2026-11-21 12:30:00 {what}{'9' * 40}{number}\n" for number, what in enumerate(happenings)
    ]
    import tempfile  # noqa: PLC0415  hypothesis and tmp_path do not go together

    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder))
        log.says("".join(tally_lines))
        assert len(log.read().rows(Unprinted, FOREVER)) <= MAX_OPEN
        assert len(json.dumps(log.memory.values())) < MAX_BYTES
