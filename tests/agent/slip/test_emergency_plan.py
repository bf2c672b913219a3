"""The emergency plan from settings alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.settings.settings import Settings, load
from agent.slip.emergency_plan import BLANK, STEPS, Plan, emergency_plan
from agent.slip.layout import COLUMNS, width
from agent.slip.picture import write_png
from agent.slip.words import OWNER_NAMES
from tests.agent.slip.situations import CONTACTS, NOW
from vocabulary.condition import Owner
from vocabulary.texts import LANGUAGES, translate

BARE = '[terminal]\nid = "0412-2"\n'
FULL = """[terminal]
id = "0412-2"
store = "0412"
till = "2"
[maintenance.spare]
where = "back office"
[[payment_lines.lines]]
name = "card/primary"
host = "10.8.3.2"
port = 8583
echo = "0800/301 bcd"
terminal_id = "10480412"
merchant_id = "898440350000412"
"""
every_language = pytest.mark.parametrize("language", LANGUAGES)


def settings(tmp_path: Path, text: str, language: str = "en") -> Settings:
    path = tmp_path / "poshealth.toml"
    tables = "".join(
        f'[contacts.{owner}]\nname = "{contact.name}"\nphone = "{contact.phone}"\nhours = "{contact.hours}"\n'
        f'quote = "{contact.quote}"\n'
        for owner, contact in (CONTACTS[language].items() if text.startswith(FULL) else ())
    )
    path.write_text(text + tables)
    return load(path)


def plan(tmp_path: Path, text: str, language: str = "en", columns: int = 32) -> str:
    return emergency_plan(settings(tmp_path, text, language), language, columns, NOW).text()


def tight(text: str) -> str:
    return "".join(text.split())


def test_the_steps_stand_in_a_technicians_order(tmp_path: Path) -> None:
    """Power, cables, printer, network, firewall, software; each with whom to call before the next."""
    text = tight(plan(tmp_path, FULL))
    places = []
    for template, owner in STEPS:
        step = text.index(tight(template))
        places += [step, text.index(tight(CONTACTS["en"][owner].phone), step)]
    assert places == sorted(places)
    assert [template.split()[1] for template, _ in STEPS[:6]] == [
        "Power:", "Cables:", "Printer:", "Network:", "Firewall:", "Software:",
    ]  # fmt: skip


@every_language
@pytest.mark.parametrize("columns", COLUMNS)
def test_nothing_is_cut(tmp_path: Path, language: str, columns: int) -> None:
    """Every sentence, number, hours and where the spare is, on each paper; no line too wide."""
    text = plan(tmp_path, FULL, language, columns)
    known = [(each.phone, each.hours, each.quote) for each in CONTACTS[language].values()]
    sentences = [translate(each, language) for each in Plan if "{" not in each]
    wanted = ["back office", *(part for parts in known for part in parts if part), *sentences]
    assert [each for each in wanted if tight(each) not in tight(text)] == []
    assert all(width(line) <= columns for line in text.splitlines())


@every_language
def test_every_sentence_is_said_in_both_languages(language: str) -> None:
    """With the same facts in braces."""
    for each in Plan:
        said = translate(each, language)
        assert (said != each) == (language == "zh") or each == Plan.NO_PHONE
        assert said.count("{") == each.count("{")


def test_the_merchants_number_is_not_for_everybody(tmp_path: Path) -> None:
    """The terminal's is there whole, of the merchant's the last four digits."""
    text = plan(tmp_path, FULL)
    assert "terminal 10480412" in text
    assert "*0412" in text
    assert "898440350000412" not in tight(text)


def test_the_number_of_the_settlement_stands_beside_them(tmp_path: Path) -> None:
    """Where it is another one than the lines'; once where it is the same."""
    settlement = '[settlement]\nterminal_id = "{}"\nmerchant_id = "898440350000777"\n'
    other = tight(plan(tmp_path, BARE + settlement.format("10480499")))
    same = tight(plan(tmp_path, FULL + settlement.format("10480412")))
    assert "settle:terminal10480499,merchant*0777" in other
    assert same.count("terminal10480412") == 1
    assert "898440350000777" not in other


def test_what_the_settings_do_not_say_is_left_to_write_in(tmp_path: Path) -> None:
    """A till without a single contact gets a plan with room for each number and for the spare's place."""
    text = plan(tmp_path, BARE)
    blanks = {owner for _, owner in STEPS}
    assert text.count(BLANK) == len([owner for _, owner in STEPS]) + 1
    assert all(OWNER_NAMES[owner] in text for owner in blanks)
    assert Owner.STAFF not in blanks
    assert Plan.NUMBERS not in text


@every_language
def test_the_picture_is_the_paper(tmp_path: Path, language: str) -> None:
    """It can be drawn, as every slip can."""
    path = tmp_path / "plan.png"
    write_png(emergency_plan(settings(tmp_path, FULL, language), language, 42, NOW), path)
    assert path.read_bytes().startswith(b"\x89PNG")
