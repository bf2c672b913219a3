"""Every sentence in both languages, filled with the facts of real readings."""

from __future__ import annotations

import re
import string
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from agent.condition_page import page
from agent.own_conditions import ALL_CONDITIONS
from agent.slip.words import ALL_NAMES, OWNER_NAMES, REASON_NAMES, RUNG_NAMES, SEVERITY_NAMES
from vocabulary.condition import Capability, Condition, Owner, Rung, Severity
from vocabulary.reading import Reason
from vocabulary.texts import LANGUAGES, translate, words

ROOT = Path(__file__).parents[2]
TEMPLATES = ("title", "text", "remedy", "avoid", "prepare")
BLAME = re.compile(
    "操作有误|操作失误|不会丢|银行正常|载波|责任人|you did|your mistake|wrongly operated", re.IGNORECASE
)
EVERY = pytest.mark.parametrize("condition", ALL_CONDITIONS.values(), ids=lambda condition: condition.code)


def columns(text: str) -> int:
    return len(text.encode("gb18030"))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@EVERY
def test_a_title_fits_the_slip(condition: Condition) -> None:
    """28 columns in both languages and no placeholder: it is what a cashier reads first."""
    for language in LANGUAGES:
        title = translate(condition.title, language)
        assert columns(title) <= 28, title
        assert not placeholders(title)


@EVERY
def test_every_template_is_translated(condition: Condition) -> None:
    """Into Chinese that has the same facts and at least one Han character."""
    for name in TEMPLATES:
        english = getattr(condition, name)
        if english and re.search(r"[a-z]{3}", re.sub(r"{[^}]*}", "", english)):
            chinese = translate(english, "zh")
            assert chinese != english or name == "prepare", f"{name} of {condition.code}"
            assert placeholders(chinese) <= placeholders(english)


@EVERY
def test_a_text_states_a_fact(condition: Condition) -> None:
    """A sentence without a fact or subject could stand on any slip."""
    assert placeholders(condition.text)


@EVERY
def test_a_remedy_is_a_step(condition: Condition) -> None:
    """It begins with a verb in the imperative: never a noun phrase, an article or a pronoun."""
    first = condition.remedy.split()[0].lower()

    assert first[0].isalpha()
    assert first not in {"the", "a", "an", "this", "it", "there", "you", "your", "no", "please"}


@EVERY
def test_nobody_is_blamed_and_nothing_promised(condition: Condition) -> None:
    """Never "operated wrongly", never "will not be lost", never "the bank is fine"."""
    for language in LANGUAGES:
        for name in TEMPLATES:
            assert not BLAME.search(translate(getattr(condition, name), language))


def test_every_name_is_said_in_both_languages() -> None:
    """Capabilities, owners, rungs, reasons and severities each have a word."""
    for members, names in (
        (Capability, ALL_NAMES),
        (Owner, OWNER_NAMES),
        (Rung, RUNG_NAMES),
        (Reason, REASON_NAMES),
        (Severity, SEVERITY_NAMES),
    ):
        for member in members:
            word = names[member]  # type: ignore[index]
            assert translate(word, "zh") != word or word.isupper(), word


def test_the_compiled_texts_are_current() -> None:
    """Every .mo file is what its .po file says."""
    done = subprocess.run(
        [sys.executable, "tools/compile_texts.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


@EVERY
def test_the_condition_page_is_current(condition: Condition) -> None:
    """docs/conditions is generated: `make texts` writes it."""
    path = ROOT / "docs" / "conditions" / f"{condition.code}.md"
    wanted = "\n\n---\n\n".join(page(condition, language) for language in LANGUAGES) + "\n"

    assert path.read_text(encoding="utf-8") == wanted


def test_no_message_has_two_translations() -> None:
    """All files are one catalogue: which of two would win is chance."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "vocabulary/locale/zh_CN/LC_MESSAGES").glob("*.po"):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    found.setdefault(str(message.id), set()).add(str(message.string))

    assert {english: chinese for english, chinese in found.items() if len(chinese) > 1} == {}


def test_facts_of_several_subjects_are_each_translated() -> None:
    """Those that are no message of ours stay as they are, a stroke in them too."""
    condition = ALL_CONDITIONS["plugin.failed"]
    readings = tuple(
        condition.failing(name, meaning=meaning, step="s", said="DISK / 5")
        for name, meaning in (("n0", "a fault"), ("n1", "盘满"))
    )
    said = words(condition, readings, "zh")

    assert said.text == "检查n0 / n1: 有故障 / 盘满."
    assert said.prepare == "n0 / n1: DISK / 5"
