"""The maintenance log as bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from probes.maintenance.log import (
    MAX_ENTRIES,
    MAX_LINE_BYTES,
    MOST_BY,
    MOST_NOTE,
    Entry,
    entries,
    newest,
    with_entry,
)
from probes.till import MAX_OUTPUT_BYTES

MORNING = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def entry(task: str = "print-head", hours: int = 0, by: str = "Li Wei") -> Entry:
    return Entry(task=task, at=MORNING + timedelta(hours=hours), by=by)


def written(*wanted: Entry, onto: bytes = b"") -> bytes:
    for each in wanted:
        onto = with_entry(onto, each)
    return onto


def test_what_is_noted_is_read_back() -> None:
    """Task, time with its zone, name and note, in the order they came."""
    noted = [entry("cutter"), Entry(task="spare", at=MORNING, by="小李", note="开机正常")]
    assert entries(written(*noted)) == noted


@pytest.mark.parametrize(
    "damage",
    [
        b'{"task":"print-head","at":"2026-11-30T0',
        b"\x00" * 64,
        b"\xff\xfe rubbish",
        b'{"task":"print-head"}',
        b"[]",
        b"7",
    ],
)
def test_a_damaged_line_costs_only_itself(damage: bytes) -> None:
    """Whatever the disk made of it, those around it are whole, and it stays for a person to read."""
    log = written(entry("cutter")) + damage + b"\n"
    both = written(entry("print-head"), onto=log)
    assert entries(both) == [entry("cutter"), entry("print-head")]
    assert damage in both


def test_a_line_without_its_end_does_not_swallow_the_next() -> None:
    """Power went while another program wrote there."""
    assert entries(written(entry("cutter"), onto=b'{"task":"print-h')) == [entry("cutter")]


def test_the_log_stays_bounded_and_keeps_the_newest_of_each_task() -> None:
    """What was last done years ago is still what was last done."""
    log = written(entry("cutter"), *(entry(hours=hour) for hour in range(MAX_ENTRIES + 20)))
    assert len(log.splitlines()) == MAX_ENTRIES
    assert newest(entries(log))["cutter"] == entry("cutter")
    assert newest(entries(log))["print-head"].at == MORNING + timedelta(hours=MAX_ENTRIES + 19)


def test_rubbish_cannot_fill_it() -> None:
    """One endless line goes, and many short ones give way to what is noted."""
    log = written(entry("cutter"), onto=b"x" * (MAX_LINE_BYTES + 1) + b"\n" + b"?\n" * (3 * MAX_ENTRIES))
    assert len(log.splitlines()) == MAX_ENTRIES
    assert entries(log) == [entry("cutter")]


def test_the_longest_entry_is_no_line_too_long() -> None:
    """Four-byte characters everywhere; it comes back, and stays when the next is written."""
    at = datetime(2026, 11, 30, 9, 0, 0, 123456, timezone(timedelta(hours=8)))
    longest = Entry(task="t" * 24, at=at, by="𠮷" * MOST_BY, note="𠮷" * MOST_NOTE)
    assert len(msgspec.json.encode(longest)) <= MAX_LINE_BYTES
    assert MAX_ENTRIES * MAX_LINE_BYTES < MAX_OUTPUT_BYTES
    assert entries(written(longest, entry())) == [longest, entry()]


@pytest.mark.parametrize("by", ["", "x\x1b[2J", "x\ny", "x\n", "x\u009b2J", "x" * 41])
def test_a_name_is_one_plain_line(by: str) -> None:
    """It is shown on terminals."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"task": "cutter", "at": MORNING, "by": by}, Entry)
