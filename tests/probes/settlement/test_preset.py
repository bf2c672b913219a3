"""Presets are data: each can be loaded, asks only what is known, and a bad one says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from probes.settlement import preset
from probes.settlement.options import SettlementOptions

HEAD = 'application = "a"\nversions = "1"\nsource = "here"\n'


@pytest.mark.parametrize("name", preset.names())
def test_a_shipped_preset_says_where_it_comes_from(name: str) -> None:
    loaded = preset.load(name)

    assert loaded.application
    assert loaded.source
    assert loaded.questions


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("application = ", "Invalid value"),
        ('application = "a"', "versions"),
        (HEAD + '[questions]\nrevenue = "SELECT 1"', "question 'revenue' is not asked"),
        (HEAD + '[questions]\nsold = "SELECT :until"', "has no value until"),
        (HEAD + '[lines]\ntime = "%H"\n[lines.happenings]\nsale = "("', "sale"),
        (HEAD + '[lines]\ntime = "%H"\n[lines.happenings]\nsale = "x"', 'names no group "time"'),
        (HEAD + '[lines]\ntime = "%H"\n[lines.happenings]\ntip = "x"', "tip"),
        (HEAD + 'times = "moon"', "times"),
    ],
)
def test_a_bad_preset_of_ones_own_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)

    with pytest.raises(ValueError, match=says) as caught:
        preset.load(str(path))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"preset": "opera", "database": "sqlite:/x"}, "preset 'opera' is not known; one of"),
        ({"preset": "unionpay"}, "set both, or neither"),
        ({"database": "sqlite:/x"}, "set both, or neither"),
        ({"preset": "unionpay", "database": "oracle://x"}, "begins with one of sqlite:"),
        ({"preset": "unionpay", "database": "postgresql://me:secret@host/pos"}, "no password here"),
        ({"deadline": "noon"}, "is no time"),
        ({"day_slip_by": "25:00"}, "is no time"),
    ],
)
def test_settings_that_lead_nowhere_are_refused_in_words(options: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        SettlementOptions(**options)  # type: ignore[arg-type]


def test_of_the_merchant_number_only_the_end_is_shown() -> None:
    assert SettlementOptions(merchant_id="898100012341234").merchant == "..1234"
