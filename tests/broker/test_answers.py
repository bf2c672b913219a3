"""Which byte answers whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.answers import LATE_SECONDS, POS_WAITS_SECONDS, Answers, Ledger, Whose

REPLIES = {
    "alone": (b"\x12", [0]),
    "after a frame": (b"\x10\x00\x00\x0f\x12", [4]),
    "between XOFF": (b"\x13\x12\x11", [1]),
    "not inside a block": (b"_\x12\x12\x00\x16", [4]),
    "not a tail of a frame": (b"\x14\x02\x02\x02\x12", [4]),
    "a frame that was none": (b"\x10\x00\x12\x00\x12", [2, 4]),
    "two": (b"\x12\x1a", [0, 1]),
    "noise": (b"\xfa\xff\x00\x81\xfc", []),
    "a block without an end": (b"_" + b"A" * 81 + b"\x12", [82]),
}


@pytest.mark.parametrize(("stream", "at"), REPLIES.values(), ids=REPLIES)
def test_what_is_a_reply(stream: bytes, at: list[int]) -> None:
    answers = Answers()

    assert [index for index, octet in enumerate(stream) if answers.is_reply(octet, 1.0)] == at


def test_a_frame_broken_off_is_forgotten() -> None:
    """A printer makes no pause in a frame: what comes later begins anew."""
    answers = Answers()
    answers.is_reply(0x10, 1.0)

    assert answers.is_reply(0x12, 2.0)
    assert answers.frame == b""


@given(st.binary())
def test_any_bytes_are_followed(noise: bytes) -> None:
    answers = Answers()
    for octet in noise:
        answers.is_reply(octet, 1.0)

    assert len(answers.frame) in (0, 4)


def whose(*steps: str) -> list[Whose]:
    """p: the POS asks; o: we ask; g: we give up; a: an answer comes; one hundredth of a second each."""
    ledger, found = Ledger(), []
    for at, step in enumerate("".join(steps)):
        now = at / 100
        match step:
            case "p":
                ledger.pos_asked(1, now)
            case "o":
                ledger.we_asked(now)
            case "g":
                ledger.give_up(now)
            case _:
                found.append(ledger.answered(now))
    return found


POS, OURS, LATE = Whose.POS, Whose.OURS, Whose.OURS_LATE
ORDERS = {
    "a": [POS],
    "pa": [POS],
    "oa": [OURS],
    "oaa": [OURS, POS],
    "opaa": [OURS, POS],
    "poaa": [POS, OURS],
    "oga": [LATE],
    "ogaa": [LATE, POS],
    "ogpa": [POS],
    "ogoa": [OURS],
    "ppoaaa": [POS, POS, OURS],
}


@pytest.mark.parametrize(("steps", "expected"), ORDERS.items())
def test_a_printer_answers_in_order(steps: str, expected: list[Whose]) -> None:
    """Given up, ours is still ours, unless the POS has asked since."""
    assert whose(steps) == expected


def test_nothing_is_waited_for_for_ever() -> None:
    """After seconds an answer has nothing to do with the question."""
    ledger = Ledger()
    ledger.we_asked(0.0)
    ledger.give_up(0.3)

    assert ledger.answered(LATE_SECONDS + 0.1) is Whose.POS


def test_no_question_while_another_answer_may_be_under_way() -> None:
    """Neither the POS's nor a late one of our own."""
    ledger = Ledger()
    ledger.pos_asked(1, 0.0)
    assert not ledger.may_ask(0.1)
    assert ledger.may_ask(POS_WAITS_SECONDS + 0.1)
    ledger.we_asked(3.0)
    ledger.give_up(3.3)
    assert not ledger.may_ask(3.5)
    assert ledger.may_ask(3.7)
