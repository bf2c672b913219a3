"""What applications say of a failed settlement, and who can do something about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.settlement.messages import _WORDS, Kind, recognise
from protocols.iso8583.answers import ANSWERS
from vocabulary import texts


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("91", Kind.HOST),
        ("A0", Kind.SIGN_IN),
        ("应答码: 77", Kind.SIGN_IN),
        ("RC=95 reconcile error", Kind.BALANCE),
        ("批结算失败, 响应码 97", Kind.ACCOUNT),
        ("Settlement timed out after 60 s", Kind.LINE),
        ("批结算失败:网络超时", Kind.LINE),
        ("银行系统维护中,请稍后再试", Kind.HOST),
        ("商户账户已冻结", Kind.ACCOUNT),
        ("超出当日限额", Kind.ACCOUNT),
        ("存储满请结算", Kind.FULL),
        ("请重新签到", Kind.SIGN_IN),
        ("对账不平", Kind.BALANCE),
        ("Totals do not balance", Kind.BALANCE),
        ("SomeJavaException at com.pos.Close(Close.java:42)", Kind.OTHER),
        ("", Kind.OTHER),
    ],
)
def test_a_message_is_known_by_its_code_or_its_words(said: str, kind: Kind) -> None:
    assert recognise(said).kind is kind


def test_an_unknown_message_has_the_same_mark_whatever_numbers_are_in_it() -> None:
    first, second = recognise("Weird fault 17 at 21:40"), recognise("Weird fault 18 at 09:05")

    assert first == second
    assert first.mark != recognise("Another fault").mark


@given(st.text(max_size=300))
def test_nothing_of_an_unknown_message_is_told(said: str) -> None:
    known = {*ANSWERS.values(), *(message.phrase for _, message in _WORDS)}
    known |= {"no reason is given", "its message is not known here", recognise("05").phrase}

    assert recognise(said).phrase in known


@pytest.mark.parametrize("phrase", sorted({message.phrase for _, message in _WORDS}))
def test_every_phrase_is_said_in_chinese(phrase: str) -> None:
    assert texts.translate(phrase, "zh") != phrase
