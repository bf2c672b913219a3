"""Every sentence of the page in both languages."""

from __future__ import annotations

import re
import string
from enum import Enum
from typing import Any

import pytest
from babel.messages.pofile import read_po

from headoffice import words
from headoffice.words import Voice, spoken_language
from tests.headoffice.sentences import HEADOFFICE, sentences
from vocabulary.condition import Capability, Owner, Rung, Severity
from vocabulary.reading import Reason, Status
from vocabulary.report import Cause, Occasion, Words
from vocabulary.texts import translate
from vocabulary.work import VERDICTS, Verdict

CATALOGUE = HEADOFFICE.parent / "vocabulary/locale/zh_CN/LC_MESSAGES/headoffice.po"


def placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_catalogue_holds_every_sentence_and_no_other() -> None:
    with CATALOGUE.open("rb") as file:
        messages = {message.id for message in read_po(file, locale="zh_CN") if message.id}
    assert messages == sentences()


@pytest.mark.parametrize("english", sorted(sentences()))
def test_every_sentence_is_translated_with_its_placeholders(english: str) -> None:
    """From the compiled catalogue, as the page reads it."""
    chinese = translate(english, "zh")
    assert re.search("[一-鿿]", chinese), chinese
    assert placeholders(chinese) == placeholders(english)


@pytest.mark.parametrize(
    ("asked", "remembered", "accept", "language"),
    [
        ("zh", "en", "en", "zh"),
        ("", "zh", "en", "zh"),
        ("", "", "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("", "", "fr, en;q=0.4, zh;q=0.7", "zh"),
        ("", "", "zh;q=0, en", "en"),
        ("", "", "fr;q=x, ;;q", "en"),
        ("../etc", "<b>", "", "en"),
    ],
)
def test_the_page_speaks_the_visitors_language(
    asked: str, remembered: str, accept: str, language: str
) -> None:
    assert spoken_language(asked, remembered, accept) == language


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s"), (119, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h"), (172_800, "2 d")],
)
def test_a_duration_is_said_in_one_unit(seconds: float, said: str) -> None:
    assert Voice("en").lasting(seconds) == said


def test_why_something_was_not_tested_is_said_in_words() -> None:
    assert Voice("zh").reason("no file /pos/*.log") == "没有文件/pos/*.log"


def test_a_code_head_office_does_not_know_is_shown_in_the_terminals_words() -> None:
    """In the page's language where the terminal speaks it, else in one it does."""
    words = {"zh": Words(title="新毛病", text="", remedy="")}
    cause = Cause(code="new.one", subjects=("",), owner="staff", severity=1, words=words, since=0)  # type: ignore[arg-type]
    assert Voice("en").words(cause).title == "新毛病"


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (words.CAPABILITIES, Capability),
        (words.OWNERS, Owner),
        (words.RUNGS, Rung),
        (words.SEVERITIES, Severity),
        (words.STATUSES, Status),
        (VERDICTS, Verdict),
        (words.OCCASIONS, Occasion),
        (words.REASONS, Reason),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_whatever_a_till_can_say_has_a_word_on_the_page(table: dict[Any, str], kind: type[Enum]) -> None:
    """One that has none would be no page at all."""
    assert set(table) >= set(kind)
