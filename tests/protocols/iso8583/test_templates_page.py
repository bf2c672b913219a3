"""docs/echo-templates.md says what is sent, byte for byte, and what an answer code is called."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from protocols.iso8583.answers import ANSWERS, UNEXPLAINED, answer_in_words
from protocols.iso8583.dialects import DIALECTS
from protocols.iso8583.message import request
from vocabulary.texts import translate

PAGE = (Path(__file__).parents[3] / "docs/echo-templates.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DIALECTS)
def test_every_template_is_there_with_its_bytes_and_its_source(name: str) -> None:
    """The moment is the one the page names; 1993's local time is written as UTC there."""
    found = re.search(rf"^### `{re.escape(name)}`\n\n(.*?)\n\n```\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    moment = datetime.fromisoformat("2026-11-21T13:40:05+00:00")
    ids = {"terminal_id": "29110001", "merchant_id": "104110045110012"}
    sent = request(DIALECTS[name], stan=900_001, now=moment, **ids)
    local = f"{moment.astimezone():%y%m%d%H%M%S}".encode()

    assert DIALECTS[name].source in found[1]
    assert bytes.fromhex(found[2]) == sent.replace(local, b"261121134005")


def test_every_answer_code_is_in_the_table() -> None:
    """And no other."""
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|$", PAGE.partition("## Answer codes")[2], re.MULTILINE))

    assert rows == {code: words for code, words in ANSWERS.items() if code}


@pytest.mark.parametrize("code", [*ANSWERS, "14", "ZZ"])
def test_an_answer_is_said_in_both_languages(code: str) -> None:
    """An unknown one is said to be unknown."""
    words = answer_in_words(code)

    assert (words == UNEXPLAINED) is (code not in ANSWERS)
    assert translate(words, "zh") != words


@pytest.mark.parametrize(
    "phrase",
    ["the reply to another question", "the reply to another TPDU", "more than one reply, or a wrong length"],
)
def test_what_is_wrong_with_a_reply_is_said_in_both_languages(phrase: str) -> None:
    assert translate(phrase, "zh") != phrase
