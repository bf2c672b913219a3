"""Replies as no host should send them: each is a finding, none an exception, none taken for a good one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import iso8583
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.iso8583.dialects import DIALECTS
from protocols.iso8583.message import Dialect, request, specification
from protocols.sign_of_life import Outcome, Sign, echo

STAN = 900_001
IDS: dict[str, Any] = {"terminal_id": "29110001", "merchant_id": "104110045110012"}
NOW = datetime(2026, 11, 21, 13, 40, 5, tzinfo=UTC)
EVERY_DIALECT = pytest.mark.parametrize("name", DIALECTS)


class Wire:
    """What a host sends, in pieces, then its end or its silence."""

    def __init__(self, received: bytes, size: int = 4096, *, closes: bool = True) -> None:
        self._pieces = [received[at : at + size] for at in range(0, len(received), size)]
        self._closes = closes

    def send(self, content: bytes) -> None:
        """Nobody reads it."""

    def receive(self) -> bytes:
        if self._pieces:
            return self._pieces.pop(0)
        if self._closes:
            return b""
        raise TimeoutError


def answer(dialect: Dialect, tpdu: str | None = None, **changes: str) -> bytes:
    """What a host that is well sends back, its length in front; `changes` are fields, "t" is the type."""
    fields = dict(iso8583.decode(_body(dialect), specification(dialect))[0])
    fields = {key: value for key, value in fields.items() if key not in ("p", "1", "h")}
    fields["t"] = f"{dialect.mti[:2]}{int(dialect.mti[2]) + 1}{dialect.mti[3]}"
    fields["39"] = "800" if dialect.mti[0] == "1" else "00"
    fields |= {key.removeprefix("f"): value for key, value in changes.items()}
    message, _ = iso8583.encode(fields, specification(dialect))
    swapped = dialect.tpdu[:2] + dialect.tpdu[6:] + dialect.tpdu[2:6]
    body = bytes.fromhex((swapped if tpdu is None else tpdu) + dialect.header) + bytes(message)
    return _framed(dialect, body)


def _body(dialect: Dialect) -> bytes:
    sent = request(dialect, stan=STAN, now=NOW, **IDS)
    before = {"binary-2": 2, "ascii-4": 4}[dialect.framing] + len(dialect.tpdu + dialect.header) // 2
    return sent[before:]


def _framed(dialect: Dialect, body: bytes) -> bytes:
    return (b"%04d" % len(body) if dialect.framing == "ascii-4" else len(body).to_bytes(2, "big")) + body


def ask(dialect: Dialect, received: bytes, size: int = 4096, *, closes: bool = True) -> Sign:
    return echo(Wire(received, size, closes=closes), dialect, stan=STAN, now=NOW, **IDS)


@EVERY_DIALECT
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_good_reply_is_good_however_it_is_cut(name: str, size: int) -> None:
    """The control of everything below."""
    sign = ask(DIALECTS[name], answer(DIALECTS[name]), size)

    assert sign.outcome is Outcome.REPLIED
    assert sign.reply is not None
    assert sign.reply.accepted


@pytest.mark.parametrize(
    ("name", "changes", "seen"),
    [
        ("0800/301 bcd", {"t": "0800"}, "the reply to another kind of message"),
        ("0800/301 bcd", {"t": "0210"}, "the reply to another kind of message"),
        ("0800/301 bcd", {"f11": "900002"}, "the reply to another trace number"),
        ("0800/301 bcd", {"f41": "29110002"}, "the reply to another terminal"),
        ("0800/301 bcd", {"f70": "001"}, "the reply to another question"),
        ("1820/831", {"f24": "801"}, "the reply to another question"),
        ("0820/60.3=301", {"f60": "00000001002"}, "the reply to another question"),
        ("0820/60.3=301", {"tpdu": "6000030001"}, "the reply to another TPDU"),
        ("0820/60.3=301", {"tpdu": "6800000003"}, "the reply to another TPDU"),
    ],
)
def test_the_answer_to_something_else(name: str, changes: dict[str, str], seen: str) -> None:
    """Well formed, and not ours."""
    sign = ask(DIALECTS[name], answer(DIALECTS[name], **changes))

    assert (sign.outcome, sign.seen) == (Outcome.GARBLED, seen)


def test_a_tpdu_that_comes_back_unswapped_is_taken() -> None:
    """Some hosts send it as it came."""
    dialect = DIALECTS["0820/60.3=301"]

    assert ask(dialect, answer(dialect, tpdu=dialect.tpdu)).outcome is Outcome.REPLIED


@EVERY_DIALECT
def test_two_replies_at_once_are_one_too_many(name: str) -> None:
    """Whose they are cannot be told."""
    sign = ask(DIALECTS[name], answer(DIALECTS[name]) * 2)

    assert (sign.outcome, sign.seen) == (Outcome.GARBLED, "more than one reply, or a wrong length")


@EVERY_DIALECT
@pytest.mark.parametrize("off", [-9, -1, 1, 9])
@pytest.mark.parametrize("closes", [True, False])
def test_a_length_that_is_not_the_messages(name: str, off: int, closes: bool) -> None:
    """Too short leaves bytes over, too long is waited for and never comes."""
    dialect = DIALECTS[name]
    good = answer(dialect)
    size = 4 if dialect.framing == "ascii-4" else 2
    wrong = (
        _framed(dialect, good[size:] + b"x" * max(off, 0))[:size]
        if off > 0
        else _short(dialect, good[size:], off)
    )

    assert ask(dialect, wrong + good[size:], closes=closes).outcome is Outcome.GARBLED


def _short(dialect: Dialect, body: bytes, off: int) -> bytes:
    return _framed(dialect, body[:off])[: 4 if dialect.framing == "ascii-4" else 2]


@EVERY_DIALECT
@pytest.mark.parametrize("flood", [b"\0", b"\xff", b"0", b"A", b"\x08\x10"])
def test_64_kib_are_not_read_to_their_end(name: str, flood: bytes) -> None:
    """As soon as the length is known, or after as much as the longest reply."""
    sign = ask(DIALECTS[name], flood * (65536 // len(flood)), 1460)

    assert sign.outcome is Outcome.GARBLED


@EVERY_DIALECT
@settings(max_examples=600, deadline=None)
@given(
    edits=st.lists(
        st.tuples(
            st.sampled_from(["flip", "cut", "insert", "repeat", "swap"]),
            st.integers(0, 99),
            st.integers(1, 255),
        ),
        min_size=1,
        max_size=4,
    ),
    size=st.sampled_from([1, 5, 4096]),
    closes=st.booleans(),
)
def test_a_mangled_reply_is_a_finding(
    name: str, edits: list[tuple[str, int, int]], size: int, closes: bool
) -> None:
    """No exception; what still counts as a reply has our type, trace number and a code that can be said."""
    dialect = DIALECTS[name]
    sign = ask(dialect, _mangled(answer(dialect), edits), size, closes=closes)

    assert len(sign.first) <= 16
    if sign.outcome is Outcome.REPLIED:
        assert sign.reply is not None
        assert sign.reply.mti == f"{dialect.mti[:2]}{int(dialect.mti[2]) + 1}{dialect.mti[3]}"
        assert sign.reply.stan in ("", f"{STAN:06d}")
        assert sign.reply.answer_code == "" or sign.reply.answer_code.isalnum()


def _mangled(reply: bytes, edits: list[tuple[str, int, int]]) -> bytes:
    for kind, where, value in edits:
        at = where % (len(reply) or 1)
        head, tail = reply[:at], reply[at:]
        match kind:
            case "flip":
                reply = head + bytes(each ^ value for each in tail[:1]) + tail[1:]
            case "cut":
                reply = head
            case "insert":
                reply = head + bytes([value]) * (value % 5) + tail
            case "repeat":
                reply = head + tail[: value % 9] + tail
            case _:
                reply = tail + head
    return reply


def test_changing_a_template_changes_no_other() -> None:
    """They are frozen; the settings make copies."""
    changed = msgspec.structs.replace(DIALECTS["0800/301 bcd"], framing="ascii-4")

    assert changed.framing == "ascii-4"
    assert DIALECTS["0800/301 bcd"].framing == "binary-2"
